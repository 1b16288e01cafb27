package io.tilefold.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.NestedValues;
import io.tilefold.core.value.ObjectSink;
import io.tilefold.core.value.RowLayout;
import io.tilefold.core.value.ValueType;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.functions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** From Spark's expressions to flat rows and back: one table of expression and value. */
class CarriedTest {
    private static Stream<Arguments> table() {
        return Stream.of(
                row("7Y", 7L),
                row("true", true),
                row("CAST(0.5 AS FLOAT)", 0.5),
                row("CAST('NaN' AS DOUBLE)", null),
                row("array('a', NULL, 'Å𝄞')", Arrays.asList("a", null, "Å𝄞")),
                row("array(true, NULL, false)", Arrays.asList(true, null, false)),
                row("array(1S, NULL, -1S)", Arrays.asList(1L, null, -1L)),
                row("array(CAST('Infinity' AS FLOAT), -0.0F, 1F)", Arrays.asList(null, 0.0, 1.0)),
                row("CAST(array() AS ARRAY<INT>)", List.of()),
                row("CAST(NULL AS ARRAY<INT>)", null),
                row("map('b', 1D, 'a', NULL, '', 2D)", map("", 2.0, "a", null, "b", 1.0)),
                row("CAST(map() AS MAP<STRING,STRING>)", Map.of()),
                row("CAST(NULL AS MAP<STRING,STRING>)", null),
                row("map('k', array(map('x', 1L)))", Map.of("k", List.of(Map.of("x", 1L)))),
                row("named_struct('a', 1, 'b', CAST(NULL AS STRING))", map("a", 1L, "b", null)),
                row("CAST(NULL AS STRUCT<a: INT>)", null),
                row(
                        "array(named_struct('legs', map('JFK', array(1.5D, NULL))), NULL)",
                        Arrays.asList(Map.of("legs", Map.of("JFK", Arrays.asList(1.5, null))), null)));
    }

    private static Arguments row(String sql, @Nullable Object expected) {
        return Arguments.of(sql, expected);
    }

    private static Map<String, @Nullable Object> map(@Nullable Object... keysAndValues) {
        Map<String, @Nullable Object> map = new HashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put(String.valueOf(keysAndValues[i]), keysAndValues[i + 1]);
        }
        return map;
    }

    @ParameterizedTest
    @MethodSource("table")
    void comesBackAsItWas(String sql, @Nullable Object expected) {
        assertThat(valueOf(sql)).isEqualTo(expected);
    }

    @Test
    void bytesThatAreNoTextAreNotReplaced() {
        FlatRow row = flatRow("array(CAST(X'ff00' AS STRING))", new FlatRowWriter(1));
        FlatRow list = row.wrapList(0, new FlatRow());
        assertThat(list.bytesLength(0)).isEqualTo(2);
        assertThat(list.buffer().getByte(list.bytesOffset(0))).isEqualTo((byte) 0xff);
    }

    private static @Nullable Object valueOf(String sql) {
        ValueType type = typeOf(sql);
        FlatRow row = flatRow(sql, new FlatRowWriter(1));
        if (row.isNull(0)) {
            return null;
        }
        ObjectSink sink = new ObjectSink().next(type);
        if (type.isPrimitive()) {
            NestedValues.emit(type, row.buffer(), RowLayout.slotOffset(1, 0), RowLayout.SLOT_LENGTH, sink);
        } else {
            NestedValues.emit(type, row.buffer(), row.bytesOffset(0), row.bytesLength(0), sink);
        }
        return sink.values().get(0);
    }

    private static ValueType typeOf(String sql) {
        return SparkTypes.fromSpark(selected(sql).schema().fields()[0].dataType())
                .orElseThrow();
    }

    private static FlatRow flatRow(String sql, FlatRowWriter writer) {
        ValueType type = typeOf(sql);
        Dataset<Row> carried = selected(sql).select(Carried.column(functions.col("x"), type));
        InternalRow row = CatalystRows.of(carried).map(InternalRow::copy).first();
        Carried.put(writer, 0, type, row, 0);
        return new FlatRow().wrap(writer.buffer(), 0, writer.finish(), 1);
    }

    private static Dataset<Row> selected(String sql) {
        return LocalSpark.session().sql("SELECT " + sql + " AS x");
    }
}
