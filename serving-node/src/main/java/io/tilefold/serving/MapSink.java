package io.tilefold.serving;

import io.tilefold.core.value.ValueSink;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.proto.types.v1.Column;
import io.tilefold.proto.types.v1.MapValues;

/** Sink of maps from string. */
final class MapSink extends ContainerSink {
    private final ColumnSink keys = ColumnSink.of("", Scalar.STRING);
    private final ColumnSink entries;
    private final WireBuffer lengths = new WireBuffer(16);
    private final WireCursor replayedLengths = new WireCursor(lengths);
    private int measuredKeys;
    private int measuredEntries;

    MapSink(String name, ColumnSink entries) {
        super(name, Column.MAP_VALUES_FIELD_NUMBER);
        this.entries = entries;
    }

    @Override
    void beginMap(int size) {
        open(2 * size);
        lengths.putVarint(size);
    }

    /** Keys and values in turn: before a key an even number is to come. */
    @Override
    ColumnSink child(int remaining) {
        return (remaining & 1) == 0 ? keys : entries;
    }

    @Override
    void putPlaceholder() {
        lengths.putByte(0);
    }

    @Override
    void rewindValues() {
        replayedLengths.rewind();
        keys.rewind();
        entries.rewind();
    }

    @Override
    void replayValue(ValueSink sink) {
        int size = (int) replayedLengths.nextVarint();
        sink.mapValue(size);
        for (int i = 0; i < size; i++) {
            keys.replay(sink);
            entries.replay(sink);
        }
    }

    @Override
    void skipPlaceholder() {
        replayedLengths.skip(1);
    }

    @Override
    int measureValues() {
        measuredKeys = keys.measure(NO_NAME);
        measuredEntries = entries.measure(NO_NAME);
        return WireBuffer.fieldLength(lengths.length())
                + WireBuffer.fieldLength(measuredKeys)
                + WireBuffer.fieldLength(measuredEntries);
    }

    @Override
    void writeValues(WireBuffer out) {
        out.putHead(MapValues.LENGTHS_FIELD_NUMBER, lengths.length());
        out.putAll(lengths);
        out.putHead(MapValues.KEYS_FIELD_NUMBER, measuredKeys);
        keys.writeTo(out, NO_NAME);
        out.putHead(MapValues.VALUES_FIELD_NUMBER, measuredEntries);
        entries.writeTo(out, NO_NAME);
    }

    @Override
    void clearValues() {
        lengths.reset();
        keys.reset();
        entries.reset();
    }
}
