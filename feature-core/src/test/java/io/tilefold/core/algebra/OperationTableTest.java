package io.tilefold.core.algebra;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** The table of SEMANTICS.md §5 as data: which operations there are, what they take, in which form, and which take back. */
class OperationTableTest {
    private static final Set<String> WHOLE = Set.of("first", "last", "first_k", "last_k");
    private static final Set<String> BACK = Set.of("count", "sum", "average", "histogram");
    private static final Map<String, Predicate<ValueType>> ONE_VALUE = Map.ofEntries(
            Map.entry("count", type -> true),
            Map.entry("sum", ValueType::isPrimitive),
            Map.entry("average", ValueType::isNumeric),
            Map.entry("variance", ValueType::isNumeric),
            Map.entry("skew", ValueType::isNumeric),
            Map.entry("kurtosis", ValueType::isNumeric),
            Map.entry("min", type -> type.isNumeric() || type == Scalar.STRING),
            Map.entry("max", type -> type.isNumeric() || type == Scalar.STRING),
            Map.entry("first", type -> true),
            Map.entry("last", type -> true),
            Map.entry("first_k", type -> true),
            Map.entry("last_k", type -> true),
            Map.entry("top_k", type -> type.isNumeric() || type == Scalar.STRING),
            Map.entry("bottom_k", type -> type.isNumeric() || type == Scalar.STRING),
            Map.entry("unique_count", Scalar.class::isInstance),
            Map.entry("bounded_unique_count", Scalar.class::isInstance),
            Map.entry("approx_unique_count", Scalar.class::isInstance),
            Map.entry("approx_percentile", ValueType::isNumeric),
            Map.entry("histogram", type -> type == Scalar.STRING),
            Map.entry("approx_histogram_k", type -> type.isPrimitive() || type == Scalar.STRING));

    @Test
    void theseOperationsThereAre() {
        assertThat(Operations.all().stream().map(Operation::name))
                .containsExactlyInAnyOrderElementsOf(ONE_VALUE.keySet());
    }

    @Test
    void theyTakeBackWhatTheTableSays() {
        assertThat(Operations.all().stream().filter(Operation::takesBack).map(Operation::name))
                .containsExactlyInAnyOrderElementsOf(BACK);
    }

    @Test
    void theyTakeTheColumnsAndFormsThatTheTableSays() {
        Map<String, List<String>> expected = new TreeMap<>();
        Map<String, List<String>> actual = new TreeMap<>();
        for (Operation operation : Operations.all()) {
            for (ValueType column : LawSubject.columns()) {
                for (LawSubject.Form form : LawSubject.Form.values()) {
                    String name = operation.name();
                    String what = column + " " + form;
                    if (takes(name, column, form)) {
                        expected.computeIfAbsent(name, ignored -> new ArrayList<>())
                                .add(what);
                    }
                    if (LawSubject.of(operation, column, form, false).isPresent()) {
                        actual.computeIfAbsent(name, ignored -> new ArrayList<>())
                                .add(what);
                    }
                }
            }
        }
        assertThat(actual).isEqualTo(expected);
    }

    private static boolean takes(String operation, ValueType column, LawSubject.Form form) {
        boolean isListOfScalars = column instanceof ListType list && list.element() instanceof Scalar;
        boolean isWhole = WHOLE.contains(operation);
        if (form == LawSubject.Form.BUCKET && column instanceof MapType) {
            return false;
        }
        if (form == LawSubject.Form.ELEMENT_WISE && (isWhole || !isListOfScalars)) {
            return false;
        }
        ValueType input = column;
        if (!isWhole && column instanceof MapType map) {
            input = map.value();
        } else if (!isWhole && isListOfScalars) {
            input = ((ListType) column).element();
        }
        return ONE_VALUE.getOrDefault(operation, ignored -> false).test(input);
    }

    @Test
    void outputTypes() {
        OperationArgs none = OperationArgs.NONE;
        Map<String, ValueType> ofInt = Operations.all().stream()
                .filter(operation -> operation.accepts(Scalar.INT))
                .collect(toMap(Operation::name, operation -> operation.outputType(Scalar.INT, none)));
        Map<String, ValueType> table = new TreeMap<>();
        for (String name : List.of("count", "sum", "unique_count", "bounded_unique_count", "approx_unique_count")) {
            table.put(name, Scalar.LONG);
        }
        for (String name : List.of("average", "variance", "skew", "kurtosis")) {
            table.put(name, Scalar.DOUBLE);
        }
        for (String name : List.of("min", "max", "first", "last")) {
            table.put(name, Scalar.INT);
        }
        for (String name : List.of("first_k", "last_k", "top_k", "bottom_k")) {
            table.put(name, new ListType(Scalar.INT));
        }
        table.put("approx_percentile", new ListType(Scalar.FLOAT));
        table.put("approx_histogram_k", new MapType(Scalar.LONG));
        assertThat(ofInt).isEqualTo(table);
        for (Scalar floating : Arrays.asList(Scalar.FLOAT, Scalar.DOUBLE)) {
            assertThat(Operations.find("sum").orElseThrow().outputType(floating, none))
                    .isEqualTo(Scalar.DOUBLE);
        }
        assertThat(Operations.find("histogram").orElseThrow().outputType(Scalar.STRING, none))
                .isEqualTo(new MapType(Scalar.LONG));
    }
}
