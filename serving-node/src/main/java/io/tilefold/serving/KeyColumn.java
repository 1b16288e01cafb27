package io.tilefold.serving;

import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.proto.types.v1.Column;
import io.tilefold.serving.WireReader.MalformedException;

/**
 * One key column of a request, checked against the key's type; hands its values, row after row, from the request's bytes to key encoders.
 * Used by one thread at a time.
 */
final class KeyColumn {
    private final KeySlice slice;
    private final WireReader values;
    private final int start;

    private KeyColumn(KeySlice slice) {
        this.slice = slice;
        this.values = slice.values();
        this.start = values.position();
    }

    /** @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT naming the field and the row */
    static KeyColumn of(KeySlice slice, String field, Field key, int rows) {
        KeyChecks.check(slice, field, key, rows);
        return new KeyColumn(slice);
    }

    /** Back to the first row. */
    void rewind() {
        values.position(start);
    }

    /**
     * Appends the next row's value to the key, unless it is null or the row has a null already.
     *
     * @return whether the row belongs to a key so far
     */
    boolean next(int row, boolean keyed, KeyEncoder encoder) {
        boolean present = !slice.isNull(row);
        if (slice.kind() != 0) {
            try {
                step(keyed && present, encoder);
            } catch (MalformedException checked) {
                throw new IllegalStateException("key values that were counted are not there", checked);
            }
        }
        return keyed && present;
    }

    private void step(boolean taken, KeyEncoder encoder) throws MalformedException {
        switch (slice.kind()) {
            case Column.BOOLEAN_VALUES_FIELD_NUMBER -> {
                boolean value = values.varint() != 0;
                if (taken) {
                    encoder.putBoolean(value);
                }
            }
            case Column.LONG_VALUES_FIELD_NUMBER -> {
                long value = values.zigzag();
                if (taken) {
                    encoder.putLong(value);
                }
            }
            case Column.FLOAT_VALUES_FIELD_NUMBER -> {
                if (taken) {
                    encoder.putDouble(Float.intBitsToFloat(
                            values.buffer().getInt(values.position(), java.nio.ByteOrder.LITTLE_ENDIAN)));
                }
                values.skip(Float.BYTES);
            }
            case Column.DOUBLE_VALUES_FIELD_NUMBER -> {
                if (taken) {
                    encoder.putDouble(Double.longBitsToDouble(
                            values.buffer().getLong(values.position(), java.nio.ByteOrder.LITTLE_ENDIAN)));
                }
                values.skip(Double.BYTES);
            }
            default -> stepSequence(taken, encoder);
        }
    }

    private void stepSequence(boolean taken, KeyEncoder encoder) throws MalformedException {
        values.tag();
        int length = values.length();
        if (taken && slice.kind() == Column.STRING_VALUES_FIELD_NUMBER) {
            encoder.putUtf8(values.buffer(), values.position(), length);
        } else if (taken) {
            encoder.putBinary(values.buffer(), values.position(), length);
        }
        values.skip(length);
    }

    /** The types of values that keys are given in, by their field of {@link Column}. */
    static boolean fits(int kind, Field key) {
        return switch (kind) {
            case Column.BOOLEAN_VALUES_FIELD_NUMBER -> key.type() == Scalar.BOOLEAN;
            case Column.LONG_VALUES_FIELD_NUMBER -> key.type().isInteger();
            case Column.FLOAT_VALUES_FIELD_NUMBER -> key.type() == Scalar.FLOAT;
            case Column.DOUBLE_VALUES_FIELD_NUMBER -> key.type() == Scalar.DOUBLE;
            case Column.STRING_VALUES_FIELD_NUMBER -> key.type() == Scalar.STRING;
            case Column.BINARY_VALUES_FIELD_NUMBER -> key.type() == Scalar.BINARY;
            default -> false;
        };
    }
}
