package io.tilefold.core.tile;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import org.agrona.DirectBuffer;

/**
 * Cache lines of memory that will be read soon. To read a word of each, none of which depends on another, lets their ways from memory overlap: together they
 * take little longer than one.
 */
public final class Lines {
    private static final int LINE_LENGTH = 64;

    /** What is touched of a record that will be folded, from its beginning: as much as most records are long. Bytes. */
    public static final int RECORD_LENGTH = 9 * LINE_LENGTH;

    /** What is touched of a record that will hardly be looked at: where its key begins. Bytes. */
    public static final int HEAD_LENGTH = LINE_LENGTH;

    private Lines() {}

    /**
     * Reads a word of each of the lines in which a record's beginning lies, as far as they are within the buffer.
     *
     * @param length of what is touched, {@link #RECORD_LENGTH} or {@link #HEAD_LENGTH}
     * @return something that depends on all of them, for the caller to keep: otherwise the compiler leaves the reads out
     */
    public static long touch(DirectBuffer buffer, int record, int length) {
        long words = 0;
        int end = Math.min(record + length, buffer.capacity() - Long.BYTES);
        for (int at = record; at < end; at += LINE_LENGTH) {
            words += buffer.getLong(at, LITTLE_ENDIAN);
        }
        return words;
    }
}
