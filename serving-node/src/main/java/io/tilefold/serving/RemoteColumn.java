package io.tilefold.serving;

import com.google.protobuf.ByteString;
import io.tilefold.core.value.ValueSink;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import io.tilefold.proto.types.v1.Column;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/** A column of another node's answer, checked against its type; gives its values row by row to a sink. Immutable. */
abstract class RemoteColumn {
    private final ByteString nulls;

    private RemoteColumn(Column column) {
        this.nulls = column.getNulls();
    }

    /**
     * Checks and wraps a column.
     *
     * @throws IllegalArgumentException if it does not have that many rows of that type
     */
    static RemoteColumn of(Column column, ValueType type, int rows) {
        if (column.getValuesCase() == Column.ValuesCase.VALUES_NOT_SET) {
            return new Nulls(column, rows);
        }
        if (type instanceof Scalar scalar) {
            return new Scalars(column, scalar, rows);
        }
        if (type instanceof ListType list) {
            return new Lists(column, list, rows);
        }
        return type instanceof MapType map ? new Maps(column, map, rows) : new Structs(column, (StructType) type, rows);
    }

    final boolean isNull(int row) {
        int at = row >>> 3;
        return at < nulls.size() && (nulls.byteAt(at) >>> (row & 7) & 1) != 0;
    }

    final void put(int row, ValueSink sink) {
        if (isNull(row)) {
            sink.nullValue();
        } else {
            putValue(row, sink);
        }
    }

    abstract void putValue(int row, ValueSink sink);

    private static void require(boolean good, Column column, String what) {
        if (!good) {
            throw new IllegalArgumentException("a column of " + column.getValuesCase() + " is not " + what);
        }
    }

    /** No value at all. */
    private static final class Nulls extends RemoteColumn {
        Nulls(Column column, int rows) {
            super(column);
            for (int row = 0; row < rows; row++) {
                require(isNull(row), column, rows + " nulls");
            }
        }

        @Override
        void putValue(int row, ValueSink sink) {
            throw new IllegalStateException("row " + row + " of a column without values");
        }
    }

    private static final class Scalars extends RemoteColumn {
        private final Column column;
        private final UnsafeBuffer bytes = new UnsafeBuffer(0, 0);

        Scalars(Column column, Scalar type, int rows) {
            super(column);
            this.column = column;
            int count = switch (type) {
                case BOOLEAN -> column.getBooleanValues().getValuesCount();
                case BYTE, SHORT, INT, LONG -> column.getLongValues().getValuesCount();
                case FLOAT -> column.getFloatValues().getValuesCount();
                case DOUBLE -> column.getDoubleValues().getValuesCount();
                case STRING -> column.getStringValues().getValuesCount();
                case BINARY -> column.getBinaryValues().getValuesCount();
            };
            require(count == rows, column, rows + " values of type " + type);
        }

        @Override
        void putValue(int row, ValueSink sink) {
            switch (column.getValuesCase()) {
                case BOOLEAN_VALUES ->
                    sink.booleanValue(column.getBooleanValues().getValues(row));
                case LONG_VALUES -> sink.longValue(column.getLongValues().getValues(row));
                case FLOAT_VALUES -> sink.doubleValue(column.getFloatValues().getValues(row));
                case DOUBLE_VALUES -> sink.doubleValue(column.getDoubleValues().getValues(row));
                case STRING_VALUES -> put(column.getStringValues().getValuesBytes(row), sink);
                case BINARY_VALUES -> put(column.getBinaryValues().getValues(row), sink);
                default -> throw new IllegalStateException("no scalar: " + column.getValuesCase());
            }
        }

        private void put(ByteString value, ValueSink sink) {
            bytes.wrap(value.toByteArray());
            sink.bytesValue(bytes, 0, bytes.capacity());
        }
    }

    /** Where each row's elements begin; one more than there are rows. */
    private static int[] starts(Column column, List<Integer> lengths, int rows) {
        require(lengths.size() == rows, column, rows + " containers");
        int[] starts = new int[rows + 1];
        for (int row = 0; row < rows; row++) {
            int length = lengths.get(row);
            require(length >= 0 && starts[row] + length >= 0, column, "of countable elements");
            starts[row + 1] = starts[row] + length;
        }
        return starts;
    }

    private static final class Lists extends RemoteColumn {
        private final int[] starts;
        private final RemoteColumn elements;

        Lists(Column column, ListType type, int rows) {
            super(column);
            require(column.hasListValues(), column, "of lists");
            starts = starts(column, column.getListValues().getLengthsList(), rows);
            elements = of(column.getListValues().getElements(), type.element(), starts[rows]);
        }

        @Override
        void putValue(int row, ValueSink sink) {
            sink.listValue(starts[row + 1] - starts[row]);
            for (int i = starts[row]; i < starts[row + 1]; i++) {
                elements.put(i, sink);
            }
        }
    }

    private static final class Maps extends RemoteColumn {
        private final int[] starts;
        private final RemoteColumn keys;
        private final RemoteColumn values;

        Maps(Column column, MapType type, int rows) {
            super(column);
            require(column.hasMapValues(), column, "of maps");
            starts = starts(column, column.getMapValues().getLengthsList(), rows);
            keys = of(column.getMapValues().getKeys(), Scalar.STRING, starts[rows]);
            values = of(column.getMapValues().getValues(), type.value(), starts[rows]);
        }

        @Override
        void putValue(int row, ValueSink sink) {
            sink.mapValue(starts[row + 1] - starts[row]);
            for (int i = starts[row]; i < starts[row + 1]; i++) {
                keys.put(i, sink);
                values.put(i, sink);
            }
        }
    }

    private static final class Structs extends RemoteColumn {
        private final List<RemoteColumn> fields = new ArrayList<>();

        Structs(Column column, StructType type, int rows) {
            super(column);
            require(
                    column.hasStructValues()
                            && column.getStructValues().getFieldsCount()
                                    == type.fields().size(),
                    column,
                    "of structs of " + type.fields().size() + " fields");
            for (int i = 0; i < type.fields().size(); i++) {
                fields.add(of(
                        column.getStructValues().getFields(i),
                        type.fields().get(i).type(),
                        rows));
            }
        }

        @Override
        void putValue(int row, ValueSink sink) {
            sink.structValue(fields.size());
            for (RemoteColumn field : fields) {
                field.put(row, sink);
            }
        }
    }
}
