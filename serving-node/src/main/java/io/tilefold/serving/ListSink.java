package io.tilefold.serving;

import io.tilefold.proto.types.v1.Column;
import io.tilefold.proto.types.v1.ListValues;

/** Sink of lists. */
final class ListSink extends ContainerSink {
    private final ColumnSink elements;
    private ListValues.Builder values = ListValues.newBuilder();

    ListSink(String name, ColumnSink elements) {
        super(name);
        this.elements = elements;
    }

    @Override
    void beginList(int size) {
        open(size);
        values.addLengths(size);
    }

    @Override
    ColumnSink child(int remaining) {
        return elements;
    }

    @Override
    void putPlaceholder() {
        values.addLengths(0);
    }

    @Override
    void putValues(Column.Builder column) {
        column.setListValues(values.setElements(elements.finish()));
    }

    @Override
    void clearValues() {
        values = ListValues.newBuilder();
        elements.reset();
    }
}
