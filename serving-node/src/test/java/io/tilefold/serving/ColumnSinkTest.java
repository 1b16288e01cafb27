package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
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

/** Nested values as columns: children have one value per element, entry or row. */
class ColumnSinkTest {
    private static final ValueType LEGS = new ListType(
            new StructType(List.of(new Field("to", Scalar.STRING), new Field("delays", new MapType(Scalar.DOUBLE)))));

    private final ColumnSink sink = ColumnSink.of("legs", LEGS);

    @Test
    void childrenHaveOneValuePerElement() {
        sink.nullValue();
        sink.listValue(3); // ("LAX", {a: null, b: 1.5}), null, (null, {})
        sink.structValue(2);
        text("LAX");
        sink.mapValue(2);
        text("a");
        sink.nullValue();
        text("b");
        sink.doubleValue(1.5);
        sink.nullValue();
        sink.structValue(2);
        sink.nullValue();
        sink.mapValue(0);
        assertThat(sink.isOpen()).isFalse();
        sink.listValue(0);

        Column column = finish();
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

    /** The mask is as long as what it was grown for: rows behind the last null need none. */
    @Test
    void manyRowsBehindTheLastNull() {
        ColumnSink longs = ColumnSink.of("delay", Scalar.LONG);
        for (int round = 0; round < 2; round++) {
            longs.nullValue();
            for (int row = 1; row < 1_000; row++) {
                longs.longValue(row);
            }
            Column column = finish(longs);
            assertThat(nulls(column)[0]).isEqualTo((byte) 1);
            assertThat(new RemoteNulls(column).rows(1_000)).containsExactly(0);
        }
    }

    /** Null rows of a column by the wire's own rule. */
    private record RemoteNulls(Column column) {
        List<Integer> rows(int count) {
            RemoteColumn read = RemoteColumn.of(column, Scalar.LONG, count);
            return IntStream.range(0, count).filter(read::isNull).boxed().toList();
        }
    }

    @Test
    void startsAfreshAfterAnAnswerThatBroke() {
        sink.listValue(2);
        sink.structValue(2);
        text("LAX");
        sink.reset();

        sink.listValue(1);
        sink.nullValue();
        Column column = finish();
        assertThat(column.getListValues().getLengthsList()).containsExactly(1);
        assertThat(nulls(column.getListValues().getElements())).containsExactly(1);
    }

    @Test
    void whatElementsSayHoldsForTheRow() {
        sink.listValue(2);
        sink.stale();
        sink.stateLimit();
        sink.nullValue();
        assertThat(sink.takeLimited()).isTrue();
        assertThat(sink.takeStale()).isTrue();
        assertThat(sink.takeLimited()).isFalse();
        assertThat(sink.takeStale()).isFalse();
    }

    @Test
    void valuesOfAnotherTypeAreABug() {
        assertThatThrownBy(() -> sink.structValue(2)).hasMessageContaining("output legs gave a struct to a ListSink");
        sink.listValue(1);
        assertThatThrownBy(() -> sink.structValue(3)).hasMessageContaining("a struct of 3 fields");
        assertThatThrownBy(() -> sink.longValue(3)).hasMessageContaining("a long to a StructSink");
    }

    @Test
    void aColumnOfNullsHasNoValues() {
        sink.nullValue();
        sink.nullValue();
        Column column = finish();
        assertThat(nulls(column)).containsExactly(3);
        assertThat(column.getValuesCase()).isEqualTo(Column.ValuesCase.VALUES_NOT_SET);
    }

    @Test
    void stringsThatAreNoUtf8AreMadeSo() {
        ColumnSink strings = ColumnSink.of("s", Scalar.STRING);
        for (String text : List.of("", "plain ascii, long", "\u00c5rhus \ud83d\ude80")) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            strings.bytesValue(new UnsafeBuffer(utf8), 0, utf8.length);
        }
        strings.bytesValue(new UnsafeBuffer(new byte[] {'a', (byte) 0xC3, 'b'}), 0, 3);
        assertThat(finish(strings).getStringValues().getValuesList())
                .containsExactly("", "plain ascii, long", "\u00c5rhus \ud83d\ude80", "a\ufffdb");
    }

    @Test
    void numbersOfEveryWidth() {
        ColumnSink longs = ColumnSink.of("l", Scalar.LONG);
        List<Long> values = List.of(0L, -1L, 63L, 64L, -65L, 1L << 40, Long.MIN_VALUE, Long.MAX_VALUE);
        values.forEach(longs::longValue);
        assertThat(finish(longs).getLongValues().getValuesList()).isEqualTo(values);
        ColumnSink floats = ColumnSink.of("f", Scalar.FLOAT);
        floats.doubleValue(0.1f);
        floats.nullValue();
        assertThat(finish(floats).getFloatValues().getValuesList()).containsExactly(0.1f, 0f);
        ColumnSink booleans = ColumnSink.of("b", Scalar.BOOLEAN);
        booleans.booleanValue(true);
        booleans.nullValue();
        assertThat(finish(booleans).getBooleanValues().getValuesList()).containsExactly(true, false);
        ColumnSink binaries = ColumnSink.of("x", Scalar.BINARY);
        binaries.bytesValue(new UnsafeBuffer(new byte[300]), 0, 300);
        assertThat(finish(binaries).getBinaryValues().getValues(0).size()).isEqualTo(300);
    }

    @Test
    void valuesAreReplayedAsTheyCame() {
        ValueType type = new StructType(List.of(new Field("legs", LEGS), new Field("sum", Scalar.LONG)));
        ColumnSink column = ColumnSink.of("x", type);
        ObjectSink expected = new ObjectSink().next(type);
        for (ValueSink target : List.of(column, expected)) {
            target.nullValue();
            target.structValue(2);
            target.listValue(2);
            target.structValue(2);
            target.bytesValue(new UnsafeBuffer("LAX".getBytes(StandardCharsets.UTF_8)), 0, 3);
            target.mapValue(1);
            target.bytesValue(new UnsafeBuffer("a".getBytes(StandardCharsets.UTF_8)), 0, 1);
            target.doubleValue(-1.5);
            target.nullValue();
            target.longValue(Long.MIN_VALUE);
            target.structValue(2);
            target.nullValue();
            target.nullValue();
        }
        for (int round = 0; round < 2; round++) {
            ObjectSink replayed = new ObjectSink().next(type);
            column.rewind();
            for (int row = 0; row < 3; row++) {
                column.replay(replayed);
            }
            assertThat(replayed.values()).isEqualTo(expected.values());
        }
    }

    private Column finish() {
        return finish(sink);
    }

    /** What protobuf's own library reads from the bytes. */
    private static Column finish(ColumnSink sink) {
        WireBuffer out = new WireBuffer(1);
        byte[] name = ColumnSink.nameField("legs");
        int length = sink.measure(name);
        sink.writeTo(out, name);
        assertThat(out.length()).isEqualTo(length);
        sink.reset();
        try {
            return Column.parseFrom(out.toBytes());
        } catch (InvalidProtocolBufferException malformed) {
            throw new AssertionError(malformed);
        }
    }

    private void text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        sink.bytesValue(new UnsafeBuffer(bytes), 0, bytes.length);
    }

    private static byte[] nulls(Column column) {
        ByteString nulls = column.getNulls();
        return nulls.toByteArray();
    }
}
