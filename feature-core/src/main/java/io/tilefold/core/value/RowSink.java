package io.tilefold.core.value;

import java.util.Arrays;
import org.agrona.DirectBuffer;

/** Writes an answer's values as the columns of a flat row, in output order. Confined to one thread. */
public final class RowSink implements ValueSink {
    private final FlatRowWriter writer;
    private int[] columns = new int[4];
    private int[] sizes = new int[4];
    private int depth;

    /** @param columnCount number of values of an answer */
    public RowSink(int columnCount) {
        writer = new FlatRowWriter(columnCount);
        reset();
    }

    /** Starts the next row. */
    public RowSink reset() {
        writer.reset();
        depth = 0;
        columns[0] = 0;
        sizes[0] = Integer.MAX_VALUE;
        return this;
    }

    /** Finishes the row: its bytes are {@link #buffer()} from 0 to the returned length. */
    public int finish() {
        return writer.finish();
    }

    public DirectBuffer buffer() {
        return writer.buffer();
    }

    @Override
    public void nullValue() {
        next();
    }

    @Override
    public void booleanValue(boolean value) {
        writer.putLong(columns[depth], value ? 1 : 0);
        next();
    }

    @Override
    public void longValue(long value) {
        writer.putLong(columns[depth], value);
        next();
    }

    @Override
    public void doubleValue(double value) {
        writer.putDouble(columns[depth], value);
        next();
    }

    @Override
    public void bytesValue(DirectBuffer buffer, int offset, int length) {
        writer.putBytes(columns[depth], buffer, offset, length);
        next();
    }

    @Override
    public void listValue(int size) {
        writer.beginList(columns[depth], size);
        open(size);
    }

    @Override
    public void mapValue(int size) {
        writer.beginMap(columns[depth], size);
        open(2 * size);
    }

    @Override
    public void structValue(int fieldCount) {
        writer.beginStruct(columns[depth], fieldCount);
        open(fieldCount);
    }

    private void open(int size) {
        if (++depth == columns.length) {
            columns = Arrays.copyOf(columns, 2 * depth);
            sizes = Arrays.copyOf(sizes, 2 * depth);
        }
        columns[depth] = 0;
        sizes[depth] = size;
        closeFull();
    }

    private void next() {
        columns[depth]++;
        closeFull();
    }

    private void closeFull() {
        while (columns[depth] == sizes[depth]) {
            writer.end();
            columns[--depth]++;
        }
    }
}
