package io.tilefold.cli.replay;

import io.tilefold.core.algebra.Operation;
import io.tilefold.core.algebra.Operations;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Names;
import io.tilefold.core.time.Window;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A training set's rows beside the answers of serving, feature by feature. Confined to one thread. */
final class Comparison {
    private static final String SKETCHES = "approx_";

    private final Map<String, FeatureTally> tallies = new LinkedHashMap<>();
    private final double tolerance;
    private long rows;

    /**
     * @param features that both have
     * @param sketches those whose values are estimates
     */
    Comparison(Collection<String> features, Set<String> sketches, double tolerance) {
        features.forEach(name -> tallies.put(name, new FeatureTally(name, sketches.contains(name))));
        this.tolerance = tolerance;
    }

    /**
     * Compares a row.
     *
     * @return the features that differ here for the first time
     */
    List<String> add(AskedRow row, Map<String, ? extends @Nullable Object> served) {
        rows++;
        List<String> firsts = new ArrayList<>();
        for (FeatureTally tally : tallies.values()) {
            if (tally.add(row, row.values().get(tally.name()), served.get(tally.name()), tolerance)) {
                firsts.add(tally.name());
            }
        }
        return firsts;
    }

    Collection<FeatureTally> features() {
        return tallies.values();
    }

    List<String> names() {
        return List.copyOf(tallies.keySet());
    }

    long rows() {
        return rows;
    }

    boolean agrees() {
        return tallies.values().stream().allMatch(FeatureTally::agrees);
    }

    /** Values that are missing, extra or different. */
    long disagreements() {
        return tallies.values().stream()
                .mapToLong(tally -> tally.missing() + tally.extra() + tally.different())
                .sum();
    }

    /** Names of a join's outputs that sketches estimate. */
    static Set<String> sketches(Catalog catalog, CompiledJoin join) {
        Set<String> names = new HashSet<>();
        for (JoinPart part : join.definition().parts()) {
            catalog.groupBy(part.groupBy()).orElseThrow().definition().aggregations().stream()
                    .filter(aggregation -> aggregation.operation().startsWith(SKETCHES))
                    .forEach(aggregation ->
                            outputs(aggregation).forEach(output -> names.add(Names.joinOutput(part.name(), output))));
        }
        return names;
    }

    private static List<String> outputs(Aggregation aggregation) {
        Operation operation = Operations.find(aggregation.operation()).orElseThrow();
        List<@Nullable String> buckets = new ArrayList<>(aggregation.buckets());
        if (buckets.isEmpty()) {
            buckets.add(null);
        }
        List<String> names = new ArrayList<>();
        for (Window window : aggregation.effectiveWindows()) {
            for (String bucket : buckets) {
                names.add(
                        Names.output(aggregation.inputColumn(), operation.suffix(aggregation.args()), window, bucket));
            }
        }
        return names;
    }
}
