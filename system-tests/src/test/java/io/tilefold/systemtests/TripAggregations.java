package io.tilefold.systemtests;

import io.tilefold.core.algebra.InputForm;
import io.tilefold.core.algebra.Operation;
import io.tilefold.core.algebra.Operations;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import io.tilefold.testsupport.ModelAggregation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Every operation over every column of a trip that it takes: plain, with a bucket, element-wise. The arguments are such that sketches are exact
 * over the few values that trips have.
 */
final class TripAggregations {
    static final List<String> WINDOWS = List.of("1d", "7d", "");

    private static final String BUCKET = "zone";
    private static final int MAX_STATE_BYTES = 1 << 16;
    private static final List<Double> PERCENTILES = List.of(0.0, 0.5, 0.9, 1.0);

    private static final Map<String, ValueType> COLUMNS = new LinkedHashMap<>();

    static {
        ValueType leg = new StructType(List.of(new Field("to", Scalar.STRING), new Field("minutes", Scalar.INT)));
        COLUMNS.put("zone", Scalar.STRING);
        COLUMNS.put("code", Scalar.BINARY);
        COLUMNS.put("minutes", Scalar.INT);
        COLUMNS.put("late", Scalar.BOOLEAN);
        COLUMNS.put("leg", leg);
        COLUMNS.put("stops", new ListType(Scalar.STRING));
        COLUMNS.put("fares", new ListType(Scalar.DOUBLE));
        COLUMNS.put("legs", new ListType(leg));
        COLUMNS.put("tips", new MapType(Scalar.DOUBLE));
        COLUMNS.put("labels", new MapType(Scalar.STRING));
    }

    private TripAggregations() {}

    /** Each once, without its windows; the element-wise ones or the others. */
    static List<ModelAggregation> list(boolean elementWise) {
        return all().stream()
                .filter(aggregation -> aggregation.elementWise() == elementWise)
                .toList();
    }

    private static List<ModelAggregation> all() {
        List<ModelAggregation> all = new ArrayList<>();
        for (Operation operation : Operations.all()) {
            COLUMNS.forEach((column, type) -> {
                InputForm form = InputForm.of(operation, type, false);
                if (operation.accepts(form.inputType(type))) {
                    ModelAggregation plain = withArguments(operation.name(), column);
                    boolean isNested = type instanceof ListType list && !(list.element() instanceof Scalar);
                    addForms(all, operation, type, isNested ? plain.overNested() : plain);
                }
            });
        }
        return all;
    }

    private static void addForms(
            List<ModelAggregation> all, Operation operation, ValueType type, ModelAggregation plain) {
        all.add(plain);
        if (!(type instanceof MapType)) {
            all.add(plain.by(BUCKET));
        }
        if (InputForm.isElementWise(operation, type)) {
            all.add(plain.byElement());
        }
    }

    private static ModelAggregation withArguments(String operation, String column) {
        ModelAggregation plain = ModelAggregation.of(operation, column);
        return switch (operation) {
            case "first_k", "last_k", "top_k", "bottom_k" -> plain.withK(3);
            case "histogram" -> plain.withK(2);
            case "bounded_unique_count" -> plain.withK(4);
            case "approx_unique_count" -> plain.withK(12);
            case "approx_histogram_k" -> plain.withK(16);
            case "approx_percentile" -> plain.withK(256).withPercentiles(PERCENTILES);
            default -> plain;
        };
    }

    /** As a definition has them; with windows, and once more without. */
    static String yaml(List<ModelAggregation> aggregations) {
        StringBuilder yaml = new StringBuilder("aggregations:\n");
        for (ModelAggregation aggregation : aggregations) {
            for (String windows : List.of(", windows: [1d, 7d]", "")) {
                yaml.append("  - {inputColumn: %s, operation: %s, args: {%s}%s%s%s}%n"
                        .formatted(
                                aggregation.input(),
                                aggregation.operation(),
                                arguments(aggregation),
                                aggregation.bucket() == null ? "" : ", buckets: [" + aggregation.bucket() + "]",
                                aggregation.elementWise() ? ", elementWise: true" : "",
                                windows));
            }
        }
        return yaml.toString();
    }

    private static String arguments(ModelAggregation aggregation) {
        return (aggregation.k() > 0 ? "k: " + aggregation.k() + ", " : "")
                + (aggregation.percentiles().isEmpty() ? "" : "percentiles: " + aggregation.percentiles() + ", ")
                + "maxStateBytes: " + MAX_STATE_BYTES;
    }

    /** The name of an output. */
    static String output(ModelAggregation aggregation, String window) {
        String suffix = aggregation.operation().matches("(first|last|top|bottom)_k")
                ? aggregation.operation().replace("_k", String.valueOf(aggregation.k()))
                : aggregation.operation();
        return aggregation.input() + "_" + suffix + (window.isEmpty() ? "" : "_" + window)
                + (aggregation.bucket() == null ? "" : "_by_" + aggregation.bucket());
    }
}
