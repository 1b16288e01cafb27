package io.tilefold.testsupport;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of the model: one aggregation without its window.
 *
 * @param k the operation's k; 0 if it has none, or for its default
 * @param percentiles in the order asked
 * @param bucket the bucket's column, if any
 * @param ofNested the column is a list of lists, maps or structs, which values do not always show: one value, never exploded
 */
public record ModelAggregation(
        String operation,
        int k,
        List<Double> percentiles,
        String input,
        @Nullable String bucket,
        boolean elementWise,
        boolean ofNested) {
    public ModelAggregation {
        percentiles = List.copyOf(percentiles);
    }

    public static ModelAggregation of(String operation, String input) {
        return new ModelAggregation(operation, 0, List.of(), input, null, false, false);
    }

    public ModelAggregation withK(int newK) {
        return new ModelAggregation(operation, newK, percentiles, input, bucket, elementWise, ofNested);
    }

    public ModelAggregation withPercentiles(List<Double> newPercentiles) {
        return new ModelAggregation(operation, k, newPercentiles, input, bucket, elementWise, ofNested);
    }

    public ModelAggregation by(@Nullable String newBucket) {
        return new ModelAggregation(operation, k, percentiles, input, newBucket, elementWise, ofNested);
    }

    public ModelAggregation byElement() {
        return new ModelAggregation(operation, k, percentiles, input, bucket, true, ofNested);
    }

    public ModelAggregation overNested() {
        return new ModelAggregation(operation, k, percentiles, input, bucket, elementWise, true);
    }
}
