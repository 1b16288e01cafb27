package io.tilefold.serving;

import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.Scalar;

/** The values of an integer type, both ends included. */
record IntegerRange(long min, long max) {
    static IntegerRange of(ValueType type) {
        if (!(type instanceof Scalar scalar)) {
            throw new IllegalArgumentException(type + " is no integer type");
        }
        return switch (scalar) {
            case BYTE -> new IntegerRange(Byte.MIN_VALUE, Byte.MAX_VALUE);
            case SHORT -> new IntegerRange(Short.MIN_VALUE, Short.MAX_VALUE);
            case INT -> new IntegerRange(Integer.MIN_VALUE, Integer.MAX_VALUE);
            case LONG -> new IntegerRange(Long.MIN_VALUE, Long.MAX_VALUE);
            default -> throw new IllegalArgumentException(type + " is no integer type");
        };
    }

    boolean contains(long value) {
        return value >= min && value <= max;
    }

    boolean fitsIn(IntegerRange wider) {
        return wider.contains(min) && wider.contains(max);
    }
}
