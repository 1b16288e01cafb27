package io.tilefold.expressions;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.NestedValues;
import io.tilefold.core.value.ObjectSink;
import io.tilefold.core.value.RowLayout;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What expressions mean: one table of expression, value of column x, result. Results are objects as ObjectSink makes them. */
class ExpressionValuesTest {
    private static final Scalar BOOLEAN = Scalar.BOOLEAN;
    private static final Scalar BYTE = Scalar.BYTE;
    private static final Scalar SHORT = Scalar.SHORT;
    private static final Scalar INT = Scalar.INT;
    private static final Scalar LONG = Scalar.LONG;
    private static final Scalar FLOAT = Scalar.FLOAT;
    private static final Scalar DOUBLE = Scalar.DOUBLE;
    private static final Scalar STRING = Scalar.STRING;
    private static final Scalar BINARY = Scalar.BINARY;
    private static final ListType INTS = new ListType(INT);
    private static final MapType DOUBLES_BY_NAME = new MapType(DOUBLE);
    private static final StructType POINT = new StructType(List.of(new Field("u", INT), new Field("v", STRING)));
    private static final @Nullable Object NULL = null;

    private static Stream<Arguments> table() {
        return Stream.of(
                // Arithmetic: integers wrap, division is of doubles, by zero it is null.
                row("x + 1", INT, 41, 42L),
                row("x + 1", INT, Integer.MAX_VALUE, (long) Integer.MIN_VALUE),
                row("x + 1", LONG, Long.MAX_VALUE, Long.MIN_VALUE),
                row("CAST(x * 2 AS TINYINT)", BYTE, 100, -56L),
                row("x * 2", SHORT, 7, 14L),
                row("-x", LONG, Long.MIN_VALUE, Long.MIN_VALUE),
                row("x / 2", INT, 3, 1.5),
                row("x / 0", INT, 3, NULL),
                row("x / 0", DOUBLE, 3.0, NULL),
                row("x % 0", INT, 3, NULL),
                row("x DIV 2", LONG, 7L, 3L),
                row("x + 1", INT, NULL, NULL),
                row("round(x, 1)", DOUBLE, 2.25, 2.3),
                row("x * 1.5D", FLOAT, 2.0f, 3.0),
                row("CAST(x AS DOUBLE) / 3", FLOAT, 0.75f, 0.25),
                row("x / 1e-320D", DOUBLE, 1e300, NULL),
                row("sqrt(x)", DOUBLE, -1.0, NULL),
                // Casts: a bad one is null, a narrowing one keeps the low bits.
                row("CAST(x AS INT)", STRING, "12", 12L),
                row("CAST(x AS INT)", STRING, " 12 ", 12L),
                row("CAST(x AS INT)", STRING, "twelve", NULL),
                row("CAST(x AS DOUBLE)", STRING, "1e3", 1000.0),
                row("CAST(x AS DOUBLE)", STRING, "NaN", NULL),
                row("CAST(x AS BOOLEAN)", STRING, "maybe", NULL),
                row("CAST(x AS INT)", LONG, 1L << 32 | 5, 5L),
                row("CAST(x AS STRING)", DOUBLE, 1.0, "1.0"),
                row("x = '7'", INT, 7, true),
                row("x = 'seven'", INT, 7, NULL),
                // Conditions.
                row("CASE WHEN x > 15 THEN 'late' WHEN x > 0 THEN 'slow' ELSE 'on time' END", INT, 20, "late"),
                row("CASE WHEN x > 15 THEN 'late' END", INT, 2, NULL),
                row("CASE WHEN x > 15 THEN 'late' ELSE 'on time' END", INT, NULL, "on time"),
                row("if(x, 1, 2)", BOOLEAN, true, 1L),
                row("coalesce(x, 7)", INT, NULL, 7L),
                row("coalesce(x, 7)", INT, 1, 1L),
                row("nullif(x, 0)", INT, 0, NULL),
                row("x BETWEEN 1 AND 3", INT, 3, true),
                row("x IN (1, 2, NULL)", INT, 3, NULL),
                row("x IN (1, 2, NULL)", INT, 2, true),
                row("x IS NULL", INT, NULL, true),
                row("x != NULL", INT, 1, NULL),
                row("x <=> NULL", INT, NULL, true),
                row("x AND NULL", BOOLEAN, false, false),
                row("x OR NULL", BOOLEAN, true, true),
                row("NOT x", BOOLEAN, NULL, NULL),
                // Strings are UTF-8; positions count code points.
                row("upper(x)", STRING, "jfk", "JFK"),
                row("upper(x)", STRING, "straße", "STRASSE"),
                row("concat(x, '-', 'LAX')", STRING, "JFK", "JFK-LAX"),
                row("x || NULL", STRING, "JFK", NULL),
                row("concat_ws('-', x, NULL, 'LAX')", STRING, "JFK", "JFK-LAX"),
                row("substring(x, 2, 1)", STRING, "a\uD83D\uDE00b", "\uD83D\uDE00"),
                row("length(x)", STRING, "a\uD83D\uDE00b", 3L),
                row("reverse(x)", STRING, "a\uD83D\uDE00b", "b\uD83D\uDE00a"),
                row("x > '\uFFFD'", STRING, "\uD83D\uDE00", true),
                row("trim(x)", STRING, "  a ", "a"),
                row("x LIKE 'J%'", STRING, "JFK", true),
                row("regexp_extract(x, '([0-9]+)', 1)", STRING, "gate 12", "12"),
                row("split(x, ',')", STRING, "a,b", List.of("a", "b")),
                row("get_json_object(x, '$.a')", STRING, "{\"a\":1}", "1"),
                row("from_json(x, 'a INT').a", STRING, "{\"a\":1}", 1L),
                row("x = ''", STRING, "", true),
                row("md5(x)", STRING, "a", "0cc175b9c0f1b6a831c399e269772661"),
                row("hex(x)", BINARY, new byte[] {1, -1}, "01FF"),
                row("CAST(x AS STRING)", BINARY, new byte[] {65}, "A"),
                // Time: UTC whatever the machine's zone.
                row("unix_millis(to_timestamp(x))", STRING, "2001-01-01 00:00:00", 978307200000L),
                row("unix_millis(to_timestamp(x))", STRING, "2001-01-01T00:00:00.123+02:00", 978300000123L),
                row("unix_millis(to_timestamp(x, 'yyyy/MM/dd HH:mm'))", STRING, "2001/07/01 12:30", 993990600000L),
                row("unix_millis(to_timestamp(x, 'yyyy/MM/dd'))", STRING, "2001-07-01", NULL),
                row("unix_millis(to_timestamp(x))", STRING, "yesterday afternoon", NULL),
                row("unix_millis(timestamp_millis(x))", LONG, -1L, -1L),
                row("date_format(timestamp_millis(x), 'yyyy-MM-dd HH')", LONG, 978307199999L, "2000-12-31 23"),
                row("hour(timestamp_millis(x))", LONG, 978307199999L, 23L),
                row("CAST(to_date(x) AS STRING)", STRING, "2001-02-29", NULL),
                row("datediff(x, '2001-01-01')", STRING, "2001-03-01", 59L),
                row("unix_millis(date_trunc('HOUR', timestamp_millis(x)))", LONG, 978310800001L, 978310800000L),
                row("unix_millis(timestamp_millis(x) - INTERVAL 1 DAY)", LONG, 86_400_000L, 0L),
                // Lists.
                row("size(x)", INTS, List.of(1, 2, 3), 3L),
                row("size(x)", INTS, NULL, -1L),
                row("element_at(x, 1)", INTS, List.of(7, 8), 7L),
                row("element_at(x, -1)", INTS, List.of(7, 8), 8L),
                row("element_at(x, 3)", INTS, List.of(7, 8), NULL),
                row("x[0]", INTS, List.of(7, 8), 7L),
                row("x[2]", INTS, List.of(7, 8), NULL),
                row("filter(x, e -> e > 1)", INTS, List.of(1, 2, 3), List.of(2L, 3L)),
                row("transform(x, (e, i) -> e * i)", INTS, List.of(1, 2, 3), List.of(0L, 2L, 6L)),
                row("aggregate(x, 0, (sum, e) -> sum + e)", INTS, List.of(1, 2, 3), 6L),
                row("exists(x, e -> e = 2)", INTS, List.of(1, 2, 3), true),
                row("array_contains(x, 2)", INTS, List.of(1, 2), true),
                row("array_distinct(x)", INTS, List.of(1, 1), List.of(1L)),
                row("array(x, CAST(NULL AS INT))", INT, 1, Arrays.asList(1L, null)),
                row("array(x, 0D)", DOUBLE, Double.NaN, Arrays.asList(null, 0.0)),
                // Maps, given back sorted by key.
                row("x['a']", DOUBLES_BY_NAME, Map.of("a", 1.5), 1.5),
                row("x['b']", DOUBLES_BY_NAME, Map.of("a", 1.5), NULL),
                row("x", DOUBLES_BY_NAME, Map.of("b", 2.0, "a", 1.0), Map.of("a", 1.0, "b", 2.0)),
                row("map_keys(x)", DOUBLES_BY_NAME, Map.of("a", 1.5), List.of("a")),
                row("map_filter(x, (k, v) -> v > 1)", DOUBLES_BY_NAME, Map.of("a", 1, "b", 2), Map.of("b", 2.0)),
                row("map('k', x)", INT, 3, Map.of("k", 3L)),
                // Structs.
                row("x", POINT, Map.of("u", 1, "v", "a"), Map.of("u", 1L, "v", "a")),
                row("array(x)", POINT, Map.of("u", 1, "v", "a"), List.of(Map.of("u", 1L, "v", "a"))),
                row("x.u + 1", POINT, Map.of("u", 1, "v", "a"), 2L),
                row("x.V", POINT, Map.of("u", 1, "v", "a"), "a"),
                row("x.v", POINT, Map.of("u", 1), NULL),
                row("named_struct('a', x).a", INT, 1, 1L),
                // Case does not matter.
                row("X + 1", INT, 1, 2L),
                row("UPPER(X)", STRING, "a", "A"),
                row("`x`", STRING, "a", "a"));
    }

    private static Arguments row(String expression, ValueType type, @Nullable Object x, @Nullable Object expected) {
        return Arguments.of(expression, type, x, expected);
    }

    @ParameterizedTest(name = "{0} of {1} {2} is {3}")
    @MethodSource("table")
    void evaluates(String expression, ValueType type, @Nullable Object x, @Nullable Object expected) {
        RowProgram program = RowProgram.compile(
                Schema.of(new Field("x", type)), List.of(new SelectExpression("y", expression)), List.of());
        InputRow row = program.newInputRow().setObject(0, x);

        assertThat(program.evaluate(row)).isTrue();
        assertThat(program.outputs().getObject(0)).isEqualTo(expected);
    }

    /** The same values through a flat row. */
    @ParameterizedTest(name = "{0} of {1} {2} is {3}")
    @MethodSource("table")
    void writesFlatRows(String expression, ValueType type, @Nullable Object x, @Nullable Object expected) {
        RowProgram program = RowProgram.compile(
                Schema.of(new Field("x", type)), List.of(new SelectExpression("y", expression)), List.of());
        FlatRowWriter writer = new FlatRowWriter(1);
        assertThat(program.evaluate(program.newInputRow().setObject(0, x), writer))
                .isTrue();

        FlatRow row = new FlatRow().wrap(writer.buffer(), 0, writer.finish(), 1);
        ValueType result = program.outputSchema().field(0).type();
        assertThat(row.isNull(0)).isEqualTo(expected == null);
        if (expected != null) {
            ObjectSink sink = new ObjectSink().next(result);
            if (result.isPrimitive()) {
                NestedValues.emit(result, row.buffer(), RowLayout.slotOffset(1, 0), RowLayout.SLOT_LENGTH, sink);
            } else {
                NestedValues.emit(result, row.buffer(), row.bytesOffset(0), row.bytesLength(0), sink);
            }
            assertThat(sink.values()).isEqualTo(List.of(expected));
        }
    }
}
