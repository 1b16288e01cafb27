package io.tilefold.serving;

import org.agrona.DirectBuffer;

/** A sink of lists, maps or structs: hands the values inside one on to the sinks of its elements. */
abstract class ContainerSink extends ColumnSink {
    private int toCome;

    ContainerSink(String name, int valuesField) {
        super(name, valuesField);
    }

    /** Begins a row of this many values inside. */
    final void open(int values) {
        countRow();
        toCome = values;
    }

    @Override
    final boolean isOpen() {
        return toCome > 0;
    }

    /** The sink of the next value inside, of which {@code remaining} are to come. */
    abstract ColumnSink child(int remaining);

    private ColumnSink child(String what) {
        if (toCome == 0) {
            throw unexpected(what);
        }
        return child(toCome);
    }

    private void taken(ColumnSink child) {
        if (!child.isOpen()) {
            toCome--;
        }
    }

    @Override
    public final void nullValue() {
        if (toCome == 0) {
            super.nullValue();
            return;
        }
        ColumnSink child = child(toCome);
        child.nullValue();
        taken(child);
    }

    @Override
    public final void booleanValue(boolean value) {
        ColumnSink child = child("a boolean");
        child.booleanValue(value);
        taken(child);
    }

    @Override
    public final void longValue(long value) {
        ColumnSink child = child("a long");
        child.longValue(value);
        taken(child);
    }

    @Override
    public final void doubleValue(double value) {
        ColumnSink child = child("a double");
        child.doubleValue(value);
        taken(child);
    }

    @Override
    public final void bytesValue(DirectBuffer buffer, int offset, int length) {
        ColumnSink child = child("bytes");
        child.bytesValue(buffer, offset, length);
        taken(child);
    }

    @Override
    public final void listValue(int size) {
        if (toCome == 0) {
            beginList(size);
            return;
        }
        ColumnSink child = child(toCome);
        child.listValue(size);
        taken(child);
    }

    @Override
    public final void mapValue(int size) {
        if (toCome == 0) {
            beginMap(size);
            return;
        }
        ColumnSink child = child(toCome);
        child.mapValue(size);
        taken(child);
    }

    @Override
    public final void structValue(int fieldCount) {
        if (toCome == 0) {
            beginStruct(fieldCount);
            return;
        }
        ColumnSink child = child(toCome);
        child.structValue(fieldCount);
        taken(child);
    }

    void beginList(int size) {
        throw unexpected("a list");
    }

    void beginMap(int size) {
        throw unexpected("a map");
    }

    void beginStruct(int fieldCount) {
        throw unexpected("a struct");
    }

    @Override
    final void clear() {
        toCome = 0;
        clearValues();
    }

    abstract void clearValues();
}
