package io.tilefold.serving;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.proto.types.v1.Column;
import io.tilefold.serving.WireReader.MalformedException;

/** What must hold of a key column, or of one of a contextual field, before a value is taken from it. */
final class KeyChecks {
    private KeyChecks() {}

    /**
     * Checks a column.
     *
     * @param field of the request, for errors
     * @param word what the column is called in errors
     * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT naming the field and the row
     */
    static void check(KeySlice slice, String field, String word, Field key, int rows) {
        if (slice.kind() == 0) {
            checkAllNull(slice, field, word, key, rows);
            return;
        }
        if (!KeyColumn.fits(slice.kind(), key)) {
            throw Errors.invalid(
                    "KEY_TYPE",
                    field,
                    word + " " + key.name() + " is of type " + key.type() + ", given are " + word(slice.kind())
                            + " values",
                    "send " + key.type() + " values");
        }
        if (slice.count() != rows) {
            throw Errors.invalid(
                    "KEY_LENGTH",
                    field,
                    word + " " + key.name() + " has " + slice.count() + " values, row_count is " + rows,
                    "every column has row_count values, null rows included");
        }
        try {
            checkValues(slice, field, word, key, rows);
        } catch (MalformedException checked) {
            throw new IllegalStateException("key values that were counted are not there", checked);
        }
    }

    private static void checkAllNull(KeySlice slice, String field, String word, Field key, int rows) {
        for (int row = 0; row < rows; row++) {
            if (!slice.isNull(row)) {
                throw Errors.invalid(
                        "KEY_LENGTH",
                        field,
                        word + " " + key.name() + " has no values, but row " + row + " is not null",
                        "every column has row_count values");
            }
        }
    }

    private static void checkValues(KeySlice slice, String field, String word, Field key, int rows)
            throws MalformedException {
        if (slice.kind() == Column.STRING_VALUES_FIELD_NUMBER) {
            checkUtf8(slice, field, word, key, rows);
        } else if (slice.kind() == Column.LONG_VALUES_FIELD_NUMBER && key.type() != Scalar.LONG) {
            checkRange(slice, field, word, key, rows);
        }
    }

    private static void checkUtf8(KeySlice slice, String field, String word, Field key, int rows)
            throws MalformedException {
        WireReader values = slice.values();
        for (int row = 0; row < rows; row++) {
            values.tag();
            int length = values.length();
            if (!Utf8.isValid(values.buffer(), values.position(), length)) {
                throw Errors.invalid(
                        "KEY_UTF8",
                        field,
                        "row " + row + ": the value of " + word + " " + key.name() + " is not UTF-8",
                        "protobuf strings are UTF-8; bytes belong into a column of type binary");
            }
            values.skip(length);
        }
    }

    private static void checkRange(KeySlice slice, String field, String word, Field key, int rows)
            throws MalformedException {
        IntegerRange range = IntegerRange.of(key.type());
        WireReader values = slice.values();
        for (int row = 0; row < rows; row++) {
            long value = values.zigzag();
            if (!range.contains(value) && !slice.isNull(row)) {
                throw Errors.invalid(
                        "KEY_RANGE",
                        field,
                        "row " + row + ": " + value + " does not fit " + word + " " + key.name() + " of type "
                                + key.type(),
                        "send values from " + range.min() + " to " + range.max());
            }
        }
    }

    /** What a caller calls the values in a field of {@link Column}. */
    private static String word(int kind) {
        return switch (kind) {
            case Column.BOOLEAN_VALUES_FIELD_NUMBER -> "boolean";
            case Column.LONG_VALUES_FIELD_NUMBER -> "integer";
            case Column.FLOAT_VALUES_FIELD_NUMBER -> "float";
            case Column.DOUBLE_VALUES_FIELD_NUMBER -> "double";
            case Column.STRING_VALUES_FIELD_NUMBER -> "string";
            case Column.BINARY_VALUES_FIELD_NUMBER -> "binary";
            case Column.LIST_VALUES_FIELD_NUMBER -> "list";
            case Column.MAP_VALUES_FIELD_NUMBER -> "map";
            default -> "struct";
        };
    }
}
