package io.tilefold.serving;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.ValueSink;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.proto.types.v1.Column;
import io.tilefold.serving.WireReader.MalformedException;
import org.jspecify.annotations.Nullable;

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
        KeyChecks.check(slice, field, "key", key, rows);
        return new KeyColumn(slice);
    }

    /** A contextual field's column, of a scalar type. */
    static KeyColumn ofContextual(KeySlice slice, String field, Field contextual, int rows) {
        KeyChecks.check(slice, field, "contextual field", contextual, rows);
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
                step(keyed && present ? encoder : null);
            } catch (MalformedException checked) {
                throw new IllegalStateException("key values that were counted are not there", checked);
            }
        }
        return keyed && present;
    }

    /** Leaves the next row's value out. */
    void skip() {
        if (slice.kind() != 0) {
            try {
                step(null);
            } catch (MalformedException checked) {
                throw new IllegalStateException("values that were counted are not there", checked);
            }
        }
    }

    /** Gives the next row's value to a sink; after {@link #rewind}, row after row. */
    void replay(int row, ValueSink sink) {
        boolean isNull = slice.isNull(row);
        if (slice.kind() != 0) {
            try {
                if (isNull) {
                    step(null);
                } else {
                    replay(sink);
                }
            } catch (MalformedException checked) {
                throw new IllegalStateException("values that were counted are not there", checked);
            }
        }
        if (isNull) {
            sink.nullValue();
        }
    }

    private void replay(ValueSink sink) throws MalformedException {
        switch (slice.kind()) {
            case Column.BOOLEAN_VALUES_FIELD_NUMBER -> sink.booleanValue(values.varint() != 0);
            case Column.LONG_VALUES_FIELD_NUMBER -> sink.longValue(values.zigzag());
            case Column.FLOAT_VALUES_FIELD_NUMBER -> {
                sink.doubleValue(Float.intBitsToFloat(values.buffer().getInt(values.position(), LITTLE_ENDIAN)));
                values.skip(Float.BYTES);
            }
            case Column.DOUBLE_VALUES_FIELD_NUMBER -> {
                sink.doubleValue(Double.longBitsToDouble(values.buffer().getLong(values.position(), LITTLE_ENDIAN)));
                values.skip(Double.BYTES);
            }
            default -> {
                values.tag();
                int length = values.length();
                sink.bytesValue(values.buffer(), values.position(), length);
                values.skip(length);
            }
        }
    }

    /** @param encoder null: the value is skipped */
    private void step(@Nullable KeyEncoder encoder) throws MalformedException {
        switch (slice.kind()) {
            case Column.BOOLEAN_VALUES_FIELD_NUMBER -> {
                boolean value = values.varint() != 0;
                if (encoder != null) {
                    encoder.putBoolean(value);
                }
            }
            case Column.LONG_VALUES_FIELD_NUMBER -> {
                long value = values.zigzag();
                if (encoder != null) {
                    encoder.putLong(value);
                }
            }
            case Column.FLOAT_VALUES_FIELD_NUMBER -> {
                if (encoder != null) {
                    encoder.putDouble(Float.intBitsToFloat(values.buffer().getInt(values.position(), LITTLE_ENDIAN)));
                }
                values.skip(Float.BYTES);
            }
            case Column.DOUBLE_VALUES_FIELD_NUMBER -> {
                if (encoder != null) {
                    encoder.putDouble(
                            Double.longBitsToDouble(values.buffer().getLong(values.position(), LITTLE_ENDIAN)));
                }
                values.skip(Double.BYTES);
            }
            default -> stepSequence(encoder);
        }
    }

    private void stepSequence(@Nullable KeyEncoder encoder) throws MalformedException {
        values.tag();
        int length = values.length();
        if (encoder != null && slice.kind() == Column.STRING_VALUES_FIELD_NUMBER) {
            encoder.putUtf8(values.buffer(), values.position(), length);
        } else if (encoder != null) {
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
