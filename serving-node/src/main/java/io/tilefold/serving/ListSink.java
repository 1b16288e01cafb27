package io.tilefold.serving;

import io.tilefold.core.value.ValueSink;
import io.tilefold.proto.types.v1.Column;
import io.tilefold.proto.types.v1.ListValues;

/** Sink of lists. */
final class ListSink extends ContainerSink {
    private final ColumnSink elements;
    private final WireBuffer lengths = new WireBuffer(16);
    private final WireCursor replayedLengths = new WireCursor(lengths);
    private int measuredElements;

    ListSink(String name, ColumnSink elements) {
        super(name, Column.LIST_VALUES_FIELD_NUMBER);
        this.elements = elements;
    }

    @Override
    void beginList(int size) {
        open(size);
        lengths.putVarint(size);
    }

    @Override
    ColumnSink child(int remaining) {
        return elements;
    }

    @Override
    void putPlaceholder() {
        lengths.putByte(0);
    }

    @Override
    void rewindValues() {
        replayedLengths.rewind();
        elements.rewind();
    }

    @Override
    void replayValue(ValueSink sink) {
        int size = (int) replayedLengths.nextVarint();
        sink.listValue(size);
        for (int i = 0; i < size; i++) {
            elements.replay(sink);
        }
    }

    @Override
    void skipPlaceholder() {
        replayedLengths.skip(1);
    }

    @Override
    int measureValues() {
        measuredElements = elements.measure(NO_NAME);
        return WireBuffer.fieldLength(lengths.length()) + WireBuffer.fieldLength(measuredElements);
    }

    @Override
    void writeValues(WireBuffer out) {
        out.putHead(ListValues.LENGTHS_FIELD_NUMBER, lengths.length());
        out.putAll(lengths);
        out.putHead(ListValues.ELEMENTS_FIELD_NUMBER, measuredElements);
        elements.writeTo(out, NO_NAME);
    }

    @Override
    void clearValues() {
        lengths.reset();
        elements.reset();
    }
}
