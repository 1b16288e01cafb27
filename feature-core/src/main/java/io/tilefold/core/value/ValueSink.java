package io.tilefold.core.value;

import org.agrona.DirectBuffer;

/**
 * Takes the values of an answer in output order, one call per value. Numbers come as they are kept, whatever the output's width: byte
 * to long through {@link #longValue}, float and double through {@link #doubleValue}. NaN and infinite results arrive as {@link #nullValue}.
 */
public interface ValueSink {
    void nullValue();

    void booleanValue(boolean value);

    void longValue(long value);

    void doubleValue(double value);

    /** A string (UTF-8) or binary value; the bytes are valid during the call only. */
    void bytesValue(DirectBuffer buffer, int offset, int length);

    /** A list: the next {@code size} values are its elements. */
    void listValue(int size);

    /** A map: the next {@code 2 * size} values are its keys (strings) and values in turn, sorted by key bytes. */
    void mapValue(int size);

    /** A struct: the next {@code fieldCount} values are its fields, in the type's order. */
    void structValue(int fieldCount);

    /** The value that follows may hold inputs that were taken back since the batch: the part is STALE. */
    default void stale() {}

    /** No value because a state went beyond its bound: null, and the part is FAILED(STATE_LIMIT). */
    default void stateLimit() {
        nullValue();
    }

    /** A double that SEMANTICS.md §5 nulls if it is not finite. */
    default void finiteValue(double value) {
        if (Double.isFinite(value)) {
            doubleValue(value + 0.0);
        } else {
            nullValue();
        }
    }
}
