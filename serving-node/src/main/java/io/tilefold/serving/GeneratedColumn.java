package io.tilefold.serving;

import com.google.protobuf.ByteString;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.ValueSink;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import io.tilefold.proto.types.v1.Column;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A column that came over the wire, read by its generated class: for values of any type, off the hot path. Checked whole against its type before the first value
 * is taken; then gives row after row to a sink. Confined to one thread.
 */
final class GeneratedColumn {
    private final Column column;
    private final ValueType type;
    private final List<GeneratedColumn> children = new ArrayList<>();
    private final UnsafeBuffer bytes = new UnsafeBuffer(0, 0);
    private int[] offsets = {};

    /** The column is not of its type, or too short or long. */
    static final class WrongColumnException extends Exception {
        private static final long serialVersionUID = 1;

        WrongColumnException(String what) {
            super(what, null, false, false);
        }
    }

    private GeneratedColumn(Column column, ValueType type) {
        this.column = column;
        this.type = type;
    }

    /**
     * Checks a column.
     *
     * @throws WrongColumnException saying what is wrong with it
     */
    static GeneratedColumn of(Column column, ValueType type, int rows) throws WrongColumnException {
        GeneratedColumn checked = new GeneratedColumn(column, type);
        if (column.getValuesCase() == Column.ValuesCase.VALUES_NOT_SET) {
            checked.checkAllNull(rows);
            return checked;
        }
        if (type instanceof Scalar scalar) {
            checked.checkScalar(scalar, rows);
        } else if (type instanceof ListType list) {
            checked.checkKind(column.hasListValues());
            int elements = checked.sum(column.getListValues().getLengthsList(), rows);
            checked.child(column.getListValues().getElements(), list.element(), elements);
        } else if (type instanceof MapType map) {
            checked.checkKind(column.hasMapValues());
            int entries = checked.sum(column.getMapValues().getLengthsList(), rows);
            checked.child(column.getMapValues().getKeys(), Scalar.STRING, entries);
            checked.child(column.getMapValues().getValues(), map.value(), entries);
        } else {
            checked.checkStruct(((StructType) type).fields(), rows);
        }
        return checked;
    }

    private void child(Column values, ValueType ofType, int rows) throws WrongColumnException {
        children.add(of(values, ofType, rows));
    }

    private void checkStruct(List<Field> fields, int rows) throws WrongColumnException {
        checkKind(column.hasStructValues());
        for (Field field : fields) {
            List<Column> named = column.getStructValues().getFieldsList().stream()
                    .filter(candidate -> candidate.getName().equals(field.name()))
                    .toList();
            if (named.size() != 1) {
                throw new WrongColumnException(named.size() + " fields are named " + field.name() + " in a " + type);
            }
            child(named.get(0), field.type(), rows);
        }
    }

    private void checkAllNull(int rows) throws WrongColumnException {
        for (int row = 0; row < rows; row++) {
            if (!isNull(row)) {
                throw new WrongColumnException("it has no values, but row " + row + " is not null");
            }
        }
    }

    private void checkScalar(Scalar scalar, int rows) throws WrongColumnException {
        int count = switch (scalar) {
            case BOOLEAN ->
                count(column.hasBooleanValues(), column.getBooleanValues().getValuesCount());
            case BYTE, SHORT, INT, LONG ->
                count(column.hasLongValues(), column.getLongValues().getValuesCount());
            case FLOAT -> count(column.hasFloatValues(), column.getFloatValues().getValuesCount());
            case DOUBLE ->
                count(column.hasDoubleValues(), column.getDoubleValues().getValuesCount());
            case STRING ->
                count(column.hasStringValues(), column.getStringValues().getValuesCount());
            case BINARY ->
                count(column.hasBinaryValues(), column.getBinaryValues().getValuesCount());
        };
        if (count != rows) {
            throw new WrongColumnException(count + " values where " + rows + " are due");
        }
        if (scalar.isInteger()) {
            checkRange(IntegerRange.of(scalar), rows);
        }
    }

    private void checkRange(IntegerRange range, int rows) throws WrongColumnException {
        for (int row = 0; row < rows; row++) {
            long value = column.getLongValues().getValues(row);
            if (!range.contains(value) && !isNull(row)) {
                throw new WrongColumnException(value + " is no " + type);
            }
        }
    }

    private int count(boolean isOfKind, int values) throws WrongColumnException {
        checkKind(isOfKind);
        return values;
    }

    private void checkKind(boolean isOfKind) throws WrongColumnException {
        if (!isOfKind) {
            throw new WrongColumnException(column.getValuesCase() + " where " + type + " values are due");
        }
    }

    private int sum(List<Integer> lengths, int rows) throws WrongColumnException {
        if (lengths.size() != rows) {
            throw new WrongColumnException(lengths.size() + " lengths where " + rows + " are due");
        }
        long sum = 0;
        offsets = new int[rows];
        for (int row = 0; row < rows; row++) {
            int length = lengths.get(row);
            offsets[row] = (int) sum;
            sum += Integer.toUnsignedLong(length);
            if (isNull(row) && length != 0) {
                throw new WrongColumnException("row " + row + " is null and has " + length + " elements");
            }
        }
        if (sum > Integer.MAX_VALUE) {
            throw new WrongColumnException(sum + " elements");
        }
        return (int) sum;
    }

    private boolean isNull(int row) {
        ByteString nulls = column.getNulls();
        return row >>> 3 < nulls.size() && (nulls.byteAt(row >>> 3) >>> (row & 7) & 1) != 0;
    }

    /** Gives a row's value to a sink. */
    void put(int row, ValueSink sink) {
        if (isNull(row)) {
            sink.nullValue();
        } else if (type instanceof Scalar scalar) {
            putScalar(scalar, row, sink);
        } else if (type instanceof ListType) {
            int size = column.getListValues().getLengths(row);
            sink.listValue(size);
            putChildren(offsets[row], size, sink);
        } else if (type instanceof MapType) {
            int size = column.getMapValues().getLengths(row);
            sink.mapValue(size);
            putChildren(offsets[row], size, sink);
        } else {
            sink.structValue(children.size());
            putChildren(row, 1, sink);
        }
    }

    private void putChildren(int from, int count, ValueSink sink) {
        for (int i = from; i < from + count; i++) {
            for (GeneratedColumn child : children) {
                child.put(i, sink);
            }
        }
    }

    private void putScalar(Scalar scalar, int row, ValueSink sink) {
        switch (scalar) {
            case BOOLEAN -> sink.booleanValue(column.getBooleanValues().getValues(row));
            case BYTE, SHORT, INT, LONG -> sink.longValue(column.getLongValues().getValues(row));
            case FLOAT -> sink.doubleValue(column.getFloatValues().getValues(row));
            case DOUBLE -> sink.doubleValue(column.getDoubleValues().getValues(row));
            case STRING -> putBytes(column.getStringValues().getValues(row).getBytes(StandardCharsets.UTF_8), sink);
            case BINARY -> putBytes(column.getBinaryValues().getValues(row).toByteArray(), sink);
        }
    }

    private void putBytes(byte[] value, ValueSink sink) {
        bytes.wrap(value);
        sink.bytesValue(bytes, 0, value.length);
    }
}
