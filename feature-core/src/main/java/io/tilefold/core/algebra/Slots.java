package io.tilefold.core.algebra;

import io.tilefold.core.value.UnsignedBytes;
import io.tilefold.core.value.ValueSink;
import io.tilefold.core.value.ValueType;
import org.agrona.DirectBuffer;

/** Order and output of the values that states keep: 8-byte slots for primitives, unsigned bytes for strings and binary. */
final class Slots {
    private Slots() {}

    /** Order of values of SEMANTICS.md §5 for the bits of a slot. */
    static int compare(boolean floating, long a, long b) {
        return floating ? Double.compare(Double.longBitsToDouble(a), Double.longBitsToDouble(b)) : Long.compare(a, b);
    }

    static void emit(ValueType type, long bits, ValueSink sink) {
        if (type.isFloating()) {
            sink.finiteValue(Double.longBitsToDouble(bits));
        } else if (type == ValueType.Scalar.BOOLEAN) {
            sink.booleanValue(bits != 0);
        } else {
            sink.longValue(bits);
        }
    }

    /** Compares as unsigned bytes, the shorter first where one starts the other. */
    static int compareBytes(DirectBuffer a, int aAt, int aLength, DirectBuffer b, int bAt, int bLength) {
        return UnsignedBytes.compare(a, aAt, aLength, b, bAt, bLength);
    }
}
