package io.tilefold.serving;

import com.google.protobuf.ByteString;
import io.tilefold.core.value.ValueSink;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import io.tilefold.proto.types.v1.Column;
import java.util.Arrays;
import org.agrona.DirectBuffer;

/**
 * Collects the values of one output, one row after the other, into a protobuf column. Reused from request to request; confined to one thread.
 *
 * <p>A list, map or struct is several calls: {@link #isOpen} is true until its last element has come.
 */
abstract class ColumnSink implements ValueSink {
    private final String name;
    private byte[] nulls = new byte[16];
    private int rows;
    private boolean anyNull;
    private boolean limited;
    private boolean stale;

    ColumnSink(String name) {
        this.name = name;
    }

    static ColumnSink of(String name, ValueType type) {
        if (type instanceof Scalar scalar) {
            return ScalarSinks.of(name, scalar);
        }
        if (type instanceof ListType list) {
            return new ListSink(name, of("", list.element()));
        }
        if (type instanceof MapType map) {
            return new MapSink(name, of("", map.value()));
        }
        return new StructSink(name, ((StructType) type).fields());
    }

    /** The column of all rows since the last call; begins the next column. */
    final Column finish() {
        Column.Builder column = Column.newBuilder().setName(name);
        if (anyNull) {
            column.setNulls(ByteString.copyFrom(nulls, 0, (rows + 7) / 8));
        }
        putValues(column);
        reset();
        return column.build();
    }

    /** Forgets all rows. */
    final void reset() {
        if (anyNull) {
            Arrays.fill(nulls, 0, (rows + 7) / 8, (byte) 0);
        }
        rows = 0;
        anyNull = false;
        limited = false;
        stale = false;
        clear();
    }

    /** True once if a value was left out since the last call because its state went beyond its bound. */
    final boolean takeLimited() {
        boolean was = limited;
        limited = false;
        return was;
    }

    /** True once if a value since the last call may hold what was taken back. */
    final boolean takeStale() {
        boolean was = stale;
        stale = false;
        return was;
    }

    /** True inside a list, map or struct. */
    boolean isOpen() {
        return false;
    }

    /** Puts the values into the column. */
    abstract void putValues(Column.Builder column);

    abstract void clear();

    /** Takes the place of a null in the values. */
    abstract void putPlaceholder();

    /** Counts a row with a value. */
    final void countRow() {
        rows++;
    }

    @Override
    public void nullValue() {
        int at = rows >>> 3;
        if (at >= nulls.length) {
            nulls = Arrays.copyOf(nulls, Math.max(2 * nulls.length, at + 1));
        }
        nulls[at] |= (byte) (1 << (rows & 7));
        anyNull = true;
        rows++;
        putPlaceholder();
    }

    @Override
    public void stale() {
        stale = true;
    }

    @Override
    public void stateLimit() {
        limited = true;
        nullValue();
    }

    @Override
    public void booleanValue(boolean value) {
        throw unexpected("a boolean");
    }

    @Override
    public void longValue(long value) {
        throw unexpected("a long");
    }

    @Override
    public void doubleValue(double value) {
        throw unexpected("a double");
    }

    @Override
    public void bytesValue(DirectBuffer buffer, int offset, int length) {
        throw unexpected("bytes");
    }

    @Override
    public void listValue(int size) {
        throw unexpected("a list");
    }

    @Override
    public void mapValue(int size) {
        throw unexpected("a map");
    }

    @Override
    public void structValue(int fieldCount) {
        throw unexpected("a struct");
    }

    final IllegalStateException unexpected(String what) {
        return new IllegalStateException("output " + name + " gave " + what + " to a "
                + getClass().getSimpleName() + ": plan and type disagree");
    }
}
