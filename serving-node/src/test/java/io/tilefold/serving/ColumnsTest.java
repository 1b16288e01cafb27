package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.ObjectSink;
import io.tilefold.core.value.ValueSink;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import io.tilefold.proto.types.v1.Column;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Values as columns: scalars of every width; children of nested ones have one value per element, entry or row. Random ones: {@link RandomColumnsTest}. */
class ColumnsTest {
    private static final ValueType LEGS = new ListType(
            new StructType(List.of(new Field("to", Scalar.STRING), new Field("delays", new MapType(Scalar.DOUBLE)))));

    private final Columns legs = of(LEGS);

    private static Columns of(ValueType type) {
        Columns columns = new Columns(List.of(new Field("legs", type)));
        columns.begin(0);
        return columns;
    }

    /** The sink of the next row. */
    private static ValueSink next(Columns columns) {
        return columns.at(columns.rows(), 0);
    }

    @Test
    void childrenHaveOneValuePerElement() {
        next(legs).nullValue();
        ValueSink sink = next(legs);
        sink.listValue(3); // ("LAX", {a: null, b: 1.5}), null, (null, {})
        sink.structValue(2);
        text(sink, "LAX");
        sink.mapValue(2);
        text(sink, "a");
        sink.nullValue();
        text(sink, "b");
        sink.doubleValue(1.5);
        sink.nullValue();
        sink.structValue(2);
        sink.nullValue();
        sink.mapValue(0);
        next(legs).listValue(0);

        Column column = written(legs);
        assertThat(nulls(column)).containsExactly(1);
        assertThat(column.getListValues().getLengthsList()).containsExactly(0, 3, 0);
        Column leg = column.getListValues().getElements();
        assertThat(nulls(leg)).containsExactly(2);
        Column to = leg.getStructValues().getFields(0);
        assertThat(to.getName()).isEqualTo("to");
        assertThat(nulls(to)).containsExactly(6);
        assertThat(to.getStringValues().getValuesList()).containsExactly("LAX", "", "");
        Column delays = leg.getStructValues().getFields(1);
        assertThat(nulls(delays)).containsExactly(2);
        assertThat(delays.getMapValues().getLengthsList()).containsExactly(2, 0, 0);
        assertThat(delays.getMapValues().getKeys().getStringValues().getValuesList())
                .containsExactly("a", "b");
        assertThat(nulls(delays.getMapValues().getValues())).containsExactly(1);
        assertThat(delays.getMapValues().getValues().getDoubleValues().getValuesList())
                .containsExactly(0.0, 1.5);
    }

    @Test
    void manyRowsBehindTheLastNull() {
        Columns longs = of(Scalar.LONG);
        for (int round = 0; round < 2; round++) {
            longs.begin(1_000);
            next(longs).nullValue();
            for (int row = 1; row < 1_000; row++) {
                next(longs).longValue(row);
            }
            RemoteColumn read = RemoteColumn.of(written(longs), Scalar.LONG, 1_000);
            assertThat(IntStream.range(0, 1_000).filter(read::isNull)).containsExactly(0);
        }
    }

    @Test
    void startsAfreshAfterAnAnswerThatBroke() {
        ValueSink sink = next(legs);
        sink.listValue(2);
        sink.structValue(2);
        text(sink, "LAX");
        legs.clear();

        legs.begin(1);
        next(legs).listValue(1);
        legs.nullValue();
        Column column = written(legs);
        assertThat(column.getListValues().getLengthsList()).containsExactly(1);
        assertThat(nulls(column.getListValues().getElements())).containsExactly(1);
    }

    @Test
    void whatElementsSayHoldsForTheRow() {
        Columns columns = new Columns(List.of(new Field("sum", Scalar.LONG), new Field("legs", LEGS)));
        columns.begin(1);
        columns.at(0, 0).longValue(1);
        assertThat(columns.takeLimited()).isNegative();
        assertThat(columns.takeStale()).isFalse();
        ValueSink sink = columns.at(0, 1);
        sink.listValue(2);
        sink.stale();
        sink.stateLimit();
        sink.nullValue();
        assertThat(columns.takeLimited()).isEqualTo(1);
        assertThat(columns.takeStale()).isTrue();
        assertThat(columns.takeLimited()).isNegative();
        assertThat(columns.takeStale()).isFalse();
    }

    @Test
    void valuesOfAnotherTypeAreABug() {
        assertThatThrownBy(() -> next(legs).structValue(2))
                .hasMessageContaining("output legs gave a struct of 2 fields, its column takes a list");
        next(legs).listValue(1);
        assertThatThrownBy(() -> legs.structValue(3)).hasMessageContaining("a struct of 3 fields");
        legs.begin(1);
        next(legs).listValue(1);
        assertThatThrownBy(() -> legs.longValue(3)).hasMessageContaining("gave a long, its column takes a struct");
        for (Scalar scalar : Scalar.values()) {
            Columns columns = of(scalar);
            assertThatThrownBy(() -> next(columns).listValue(1)).hasMessageContaining("plan and type disagree");
            if (scalar != Scalar.BOOLEAN) {
                assertThatThrownBy(() -> next(columns).booleanValue(true)).hasMessageContaining("gave a boolean");
            }
            if (!scalar.isFloating()) {
                assertThatThrownBy(() -> next(columns).doubleValue(1)).hasMessageContaining("gave a double");
            }
            if (!scalar.isBytes()) {
                assertThatThrownBy(() -> text(next(columns), "a")).hasMessageContaining("gave bytes");
            }
        }
    }

    @Test
    void aColumnOfNullsHasNoValues() {
        next(legs).nullValue();
        next(legs).nullValue();
        Column column = written(legs);
        assertThat(nulls(column)).containsExactly(3);
        assertThat(column.getValuesCase()).isEqualTo(Column.ValuesCase.VALUES_NOT_SET);
    }

    @Test
    void stringsThatAreNoUtf8AreMadeSo() {
        Columns strings = of(Scalar.STRING);
        for (String text : List.of("", "plain ascii, long", "\u00c5rhus \ud83d\ude80")) {
            text(next(strings), text);
        }
        next(strings).bytesValue(new UnsafeBuffer(new byte[] {'a', (byte) 0xC3, 'b'}), 0, 3);
        assertThat(written(strings).getStringValues().getValuesList())
                .containsExactly("", "plain ascii, long", "\u00c5rhus \ud83d\ude80", "a\ufffdb");
    }

    @Test
    void numbersOfEveryWidth() {
        Columns longs = of(Scalar.LONG);
        List<Long> values = List.of(0L, -1L, 63L, 64L, -65L, 1L << 40, Long.MIN_VALUE, Long.MAX_VALUE);
        values.forEach(value -> next(longs).longValue(value));
        assertThat(written(longs).getLongValues().getValuesList()).isEqualTo(values);
        Columns floats = of(Scalar.FLOAT);
        next(floats).doubleValue(0.1f);
        next(floats).nullValue();
        assertThat(written(floats).getFloatValues().getValuesList()).containsExactly(0.1f, 0f);
        Columns booleans = of(Scalar.BOOLEAN);
        next(booleans).booleanValue(true);
        next(booleans).nullValue();
        assertThat(written(booleans).getBooleanValues().getValuesList()).containsExactly(true, false);
        Columns binaries = of(Scalar.BINARY);
        next(binaries).bytesValue(new UnsafeBuffer(new byte[300]), 0, 300);
        assertThat(written(binaries).getBinaryValues().getValues(0).size()).isEqualTo(300);
    }

    @Test
    void valuesAreReplayedAsTheyCame() {
        ValueType type = new StructType(List.of(new Field("legs", LEGS), new Field("sum", Scalar.LONG)));
        Columns columns = of(type);
        ObjectSink expected = new ObjectSink().next(type);
        for (int row = 0; row < 3; row++) {
            for (ValueSink target : List.of(next(columns), expected)) {
                switch (row) {
                    case 0 -> target.nullValue();
                    case 1 -> {
                        target.structValue(2);
                        target.listValue(2);
                        target.structValue(2);
                        text(target, "LAX");
                        target.mapValue(1);
                        text(target, "a");
                        target.doubleValue(-1.5);
                        target.nullValue();
                        target.longValue(Long.MIN_VALUE);
                    }
                    default -> {
                        target.structValue(2);
                        target.nullValue();
                        target.nullValue();
                    }
                }
            }
        }
        for (int round = 0; round < 2; round++) {
            ObjectSink replayed = new ObjectSink().next(type);
            for (int row = 0; row < 3; row++) {
                columns.replay(row, 0, replayed);
            }
            assertThat(replayed.values()).isEqualTo(expected.values());
        }
    }

    /** What one large request needed is not held for ever. */
    @Test
    void memoryIsGivenBack() {
        Cells cells = new Cells();
        cells.begin(2, 1_000_000);
        assertThat(cells.room()).isEqualTo(1_000_000);
        cells.clear();
        cells.begin(2, 0);
        assertThat(2 * cells.room() * Long.BYTES).isEqualTo(WireBuffer.KEPT_LENGTH);
        assertThatThrownBy(() -> cells.begin(3, Integer.MAX_VALUE / 2)).hasMessageContaining("more than 2 GiB");
    }

    /** What protobuf's own library reads from the bytes. */
    private static Column written(Columns columns) {
        WireBuffer out = new WireBuffer(1);
        new ColumnWriter(out).writeMessage(columns, 0, Columns.NO_NAME);
        try {
            return Column.parseFrom(out.toBytes());
        } catch (InvalidProtocolBufferException malformed) {
            throw new AssertionError(malformed);
        }
    }

    private static void text(ValueSink sink, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        sink.bytesValue(new UnsafeBuffer(bytes), 0, bytes.length);
    }

    private static byte[] nulls(Column column) {
        return column.getNulls().toByteArray();
    }
}
