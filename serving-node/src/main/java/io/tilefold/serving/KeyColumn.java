package io.tilefold.serving;

import com.google.protobuf.ByteString;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.proto.types.v1.BinaryValues;
import io.tilefold.proto.types.v1.BooleanValues;
import io.tilefold.proto.types.v1.Column;
import io.tilefold.proto.types.v1.DoubleValues;
import io.tilefold.proto.types.v1.FloatValues;
import io.tilefold.proto.types.v1.LongValues;
import io.tilefold.proto.types.v1.StringValues;
import java.util.Locale;

/** One key column of a request, checked against the key's type. Immutable. */
abstract class KeyColumn {
    private final ByteString nulls;

    private KeyColumn(ByteString nulls) {
        this.nulls = nulls;
    }

    final boolean isNull(int row) {
        return isNull(nulls, row);
    }

    private static boolean isNull(ByteString nulls, int row) {
        int at = row >>> 3;
        return at < nulls.size() && (nulls.byteAt(at) >>> (row & 7) & 1) != 0;
    }

    /** Appends the row's value, which is not null, to the key. */
    abstract void put(int row, KeyEncoder encoder);

    /** @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT naming the field and the row */
    static KeyColumn of(Column column, String field, Field key, int rows) {
        ByteString nulls = column.getNulls();
        return switch (column.getValuesCase()) {
            case BOOLEAN_VALUES -> {
                BooleanValues values = column.getBooleanValues();
                check(field, key, rows, values.getValuesCount(), key.type() == Scalar.BOOLEAN, "boolean");
                yield new KeyColumn(nulls) {
                    @Override
                    void put(int row, KeyEncoder encoder) {
                        encoder.putBoolean(values.getValues(row));
                    }
                };
            }
            case LONG_VALUES -> {
                LongValues values = column.getLongValues();
                check(field, key, rows, values.getValuesCount(), key.type().isInteger(), "integer");
                checkRange(field, key, nulls, values);
                yield new KeyColumn(nulls) {
                    @Override
                    void put(int row, KeyEncoder encoder) {
                        encoder.putLong(values.getValues(row));
                    }
                };
            }
            case FLOAT_VALUES -> {
                FloatValues values = column.getFloatValues();
                check(field, key, rows, values.getValuesCount(), key.type() == Scalar.FLOAT, "float");
                yield new KeyColumn(nulls) {
                    @Override
                    void put(int row, KeyEncoder encoder) {
                        encoder.putDouble(values.getValues(row));
                    }
                };
            }
            case DOUBLE_VALUES -> {
                DoubleValues values = column.getDoubleValues();
                check(field, key, rows, values.getValuesCount(), key.type() == Scalar.DOUBLE, "double");
                yield new KeyColumn(nulls) {
                    @Override
                    void put(int row, KeyEncoder encoder) {
                        encoder.putDouble(values.getValues(row));
                    }
                };
            }
            case STRING_VALUES -> {
                StringValues values = column.getStringValues();
                check(field, key, rows, values.getValuesCount(), key.type() == Scalar.STRING, "string");
                yield new KeyColumn(nulls) {
                    @Override
                    void put(int row, KeyEncoder encoder) {
                        encoder.putString(values.getValues(row));
                    }
                };
            }
            case BINARY_VALUES -> {
                BinaryValues values = column.getBinaryValues();
                check(field, key, rows, values.getValuesCount(), key.type() == Scalar.BINARY, "binary");
                yield new KeyColumn(nulls) {
                    @Override
                    void put(int row, KeyEncoder encoder) {
                        encoder.putBinary(values.getValues(row).toByteArray());
                    }
                };
            }
            case LIST_VALUES, MAP_VALUES, STRUCT_VALUES ->
                throw wrongType(
                        field,
                        key,
                        column.getValuesCase().name().toLowerCase(Locale.ROOT).replace("_values", ""));
            case VALUES_NOT_SET -> allNull(nulls, field, key, rows);
        };
    }

    private static KeyColumn allNull(ByteString nulls, String field, Field key, int rows) {
        for (int row = 0; row < rows; row++) {
            if (!isNull(nulls, row)) {
                throw Errors.invalid(
                        "KEY_LENGTH",
                        field,
                        "key " + key.name() + " has no values, but row " + row + " is not null",
                        "every key column has row_count values");
            }
        }
        return new KeyColumn(nulls) {
            @Override
            void put(int row, KeyEncoder encoder) {
                throw new IllegalStateException("row " + row + " is null");
            }
        };
    }

    private static void check(String field, Field key, int rows, int count, boolean typeFits, String given) {
        if (!typeFits) {
            throw wrongType(field, key, given);
        }
        if (count != rows) {
            throw Errors.invalid(
                    "KEY_LENGTH",
                    field,
                    "key " + key.name() + " has " + count + " values, row_count is " + rows,
                    "every key column has row_count values, null rows included");
        }
    }

    private static RuntimeException wrongType(String field, Field key, String given) {
        return Errors.invalid(
                "KEY_TYPE",
                field,
                "key " + key.name() + " is of type " + key.type() + ", given are " + given + " values",
                "send " + key.type() + " values");
    }

    private static void checkRange(String field, Field key, ByteString nulls, LongValues values) {
        if (key.type() == Scalar.LONG) {
            return;
        }
        IntegerRange range = IntegerRange.of(key.type());
        for (int row = 0; row < values.getValuesCount(); row++) {
            if (!range.contains(values.getValues(row)) && !isNull(nulls, row)) {
                throw Errors.invalid(
                        "KEY_RANGE",
                        field,
                        "row " + row + ": " + values.getValues(row) + " does not fit key " + key.name() + " of type "
                                + key.type(),
                        "send values from " + range.min() + " to " + range.max());
            }
        }
    }
}
