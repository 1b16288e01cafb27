package io.tilefold.core.value;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import java.util.List;
import org.agrona.DirectBuffer;

/**
 * Whole values of any type, as {@link RowLayout} lays them out: their output and their order. A boolean or number is its 8-byte slot, a string or
 * binary its bytes. Nothing is allocated; bytes that cannot be such a value are an {@link IllegalArgumentException}.
 */
public final class NestedValues {
    private NestedValues() {}

    /** Gives the value to the sink: one value, with all it consists of. */
    public static void emit(ValueType type, DirectBuffer buffer, int offset, int length, ValueSink sink) {
        if (type instanceof Scalar scalar) {
            emitScalar(scalar, buffer, offset, length, sink);
        } else if (type instanceof StructType struct) {
            emitStruct(struct.fields(), buffer, offset, length, sink);
        } else if (type instanceof ListType list) {
            int size = RowBytes.count(buffer, offset, length);
            int row = elements(buffer, offset, length, size);
            sink.listValue(size);
            for (int i = 0; i < size; i++) {
                emitColumn(list.element(), buffer, row, size, i, sink);
            }
        } else if (type instanceof MapType map) {
            int size = RowBytes.count(buffer, offset, length);
            int row = elements(buffer, offset, length, 2 * size);
            sink.mapValue(size);
            for (int i = 0; i < size; i++) {
                emitColumn(Scalar.STRING, buffer, row, 2 * size, 2 * i, sink);
                emitColumn(map.value(), buffer, row, 2 * size, 2 * i + 1, sink);
            }
        }
    }

    private static void emitScalar(Scalar type, DirectBuffer buffer, int offset, int length, ValueSink sink) {
        if (type.isBytes()) {
            sink.bytesValue(buffer, offset, length);
        } else if (type.isFloating()) {
            sink.doubleValue(Double.longBitsToDouble(buffer.getLong(offset, LITTLE_ENDIAN)));
        } else if (type == Scalar.BOOLEAN) {
            sink.booleanValue(buffer.getLong(offset, LITTLE_ENDIAN) != 0);
        } else {
            sink.longValue(buffer.getLong(offset, LITTLE_ENDIAN));
        }
    }

    private static void emitStruct(List<Field> fields, DirectBuffer buffer, int row, int length, ValueSink sink) {
        int columns = fields.size();
        RowBytes.rowLength(buffer, row, length, columns);
        sink.structValue(columns);
        for (int i = 0; i < columns; i++) {
            emitColumn(fields.get(i).type(), buffer, row, columns, i, sink);
        }
    }

    private static void emitColumn(
            ValueType type, DirectBuffer buffer, int row, int columns, int column, ValueSink sink) {
        if (RowBytes.isNull(buffer, row, column)) {
            sink.nullValue();
            return;
        }
        int slot = row + RowLayout.slotOffset(columns, column);
        if (type.isPrimitive()) {
            emit(type, buffer, slot, RowLayout.SLOT_LENGTH, sink);
        } else {
            emit(type, buffer, row + offset(buffer, slot), length(buffer, row, slot), sink);
        }
    }

    /**
     * Order of values of SEMANTICS.md §5: negative, zero or positive as a is before, equal to or after b. Lists compare element by element, structs
     * field by field, maps as entries sorted by key (key, then value), null first, and the shorter first where one starts the other.
     */
    public static int compare(
            ValueType type, DirectBuffer a, int aAt, int aLength, DirectBuffer b, int bAt, int bLength) {
        if (type instanceof Scalar scalar) {
            return compareScalars(scalar, a, aAt, aLength, b, bAt, bLength);
        }
        if (type instanceof StructType struct) {
            return compareStructs(struct.fields(), a, aAt, aLength, b, bAt, bLength);
        }
        int perElement = type instanceof MapType ? 2 : 1;
        int aColumns = perElement * RowBytes.count(a, aAt, aLength);
        int bColumns = perElement * RowBytes.count(b, bAt, bLength);
        int aRow = elements(a, aAt, aLength, aColumns);
        int bRow = elements(b, bAt, bLength, bColumns);
        for (int i = 0; i < Math.min(aColumns, bColumns); i++) {
            int order = compareColumns(elementType(type, i), a, aRow, aColumns, b, bRow, bColumns, i);
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(aColumns, bColumns);
    }

    private static ValueType elementType(ValueType type, int column) {
        if (type instanceof MapType map) {
            return (column & 1) == 0 ? Scalar.STRING : map.value();
        }
        return ((ListType) type).element();
    }

    private static int compareScalars(
            Scalar type, DirectBuffer a, int aAt, int aLength, DirectBuffer b, int bAt, int bLength) {
        if (type.isBytes()) {
            return UnsignedBytes.compare(a, aAt, aLength, b, bAt, bLength);
        }
        long left = a.getLong(aAt, LITTLE_ENDIAN);
        long right = b.getLong(bAt, LITTLE_ENDIAN);
        return type.isFloating()
                ? Double.compare(Double.longBitsToDouble(left), Double.longBitsToDouble(right))
                : Long.compare(left, right);
    }

    private static int compareStructs(
            List<Field> fields, DirectBuffer a, int aRow, int aLength, DirectBuffer b, int bRow, int bLength) {
        int columns = fields.size();
        RowBytes.rowLength(a, aRow, aLength, columns);
        RowBytes.rowLength(b, bRow, bLength, columns);
        for (int i = 0; i < columns; i++) {
            int order = compareColumns(fields.get(i).type(), a, aRow, columns, b, bRow, columns, i);
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }

    private static int compareColumns(
            ValueType type,
            DirectBuffer a,
            int aRow,
            int aColumns,
            DirectBuffer b,
            int bRow,
            int bColumns,
            int column) {
        boolean aNull = RowBytes.isNull(a, aRow, column);
        boolean bNull = RowBytes.isNull(b, bRow, column);
        if (aNull || bNull) {
            return Boolean.compare(bNull, aNull);
        }
        int aSlot = aRow + RowLayout.slotOffset(aColumns, column);
        int bSlot = bRow + RowLayout.slotOffset(bColumns, column);
        if (type.isPrimitive()) {
            return compare(type, a, aSlot, RowLayout.SLOT_LENGTH, b, bSlot, RowLayout.SLOT_LENGTH);
        }
        return compare(
                type,
                a,
                aRow + offset(a, aSlot),
                length(a, aRow, aSlot),
                b,
                bRow + offset(b, bSlot),
                length(b, bRow, bSlot));
    }

    /** Offset of the row of a list's elements or a map's entries, checked. */
    private static int elements(DirectBuffer buffer, int offset, int length, int columns) {
        int row = offset + RowLayout.ELEMENTS_OFFSET;
        RowBytes.rowLength(buffer, row, length - RowLayout.ELEMENTS_OFFSET, columns);
        return row;
    }

    private static int offset(DirectBuffer buffer, int slot) {
        return buffer.getInt(slot, LITTLE_ENDIAN);
    }

    private static int length(DirectBuffer buffer, int row, int slot) {
        return RowBytes.checkedLength(
                buffer.getInt(slot, LITTLE_ENDIAN),
                buffer.getInt(slot + Integer.BYTES, LITTLE_ENDIAN),
                buffer.getInt(row + RowLayout.LENGTH_OFFSET, LITTLE_ENDIAN));
    }
}
