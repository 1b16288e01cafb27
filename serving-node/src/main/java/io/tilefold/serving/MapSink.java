package io.tilefold.serving;

import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.proto.types.v1.Column;
import io.tilefold.proto.types.v1.MapValues;

/** Sink of maps from string. */
final class MapSink extends ContainerSink {
    private final ColumnSink keys = ColumnSink.of("", Scalar.STRING);
    private final ColumnSink entries;
    private MapValues.Builder values = MapValues.newBuilder();

    MapSink(String name, ColumnSink entries) {
        super(name);
        this.entries = entries;
    }

    @Override
    void beginMap(int size) {
        open(2 * size);
        values.addLengths(size);
    }

    /** Keys and values in turn: before a key an even number is to come. */
    @Override
    ColumnSink child(int remaining) {
        return (remaining & 1) == 0 ? keys : entries;
    }

    @Override
    void putPlaceholder() {
        values.addLengths(0);
    }

    @Override
    void putValues(Column.Builder column) {
        column.setMapValues(values.setKeys(keys.finish()).setValues(entries.finish()));
    }

    @Override
    void clearValues() {
        values = MapValues.newBuilder();
        keys.reset();
        entries.reset();
    }
}
