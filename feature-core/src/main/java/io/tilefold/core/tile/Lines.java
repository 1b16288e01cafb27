package io.tilefold.core.tile;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import org.agrona.DirectBuffer;

/**
 * Cache lines of memory that will be read soon. To read a word of each, none of which depends on another, lets their ways from memory overlap: together they
 * take little longer than one.
 */
public final class Lines {
    private static final int LINE_LENGTH = 64;

    /** What is touched of a record, from its beginning: as much as most records are long. */
    private static final int RECORD_LENGTH = 9 * LINE_LENGTH;

    private Lines() {}

    /**
     * Reads a word of each of the lines in which a record of ordinary length lies, as far as they are within the buffer.
     *
     * @return something that depends on all of them, for the caller to keep: otherwise the compiler leaves the reads out
     */
    public static long touchRecord(DirectBuffer buffer, int record) {
        long words = 0;
        int end = Math.min(record + RECORD_LENGTH, buffer.capacity() - Long.BYTES);
        for (int at = record; at < end; at += LINE_LENGTH) {
            words += buffer.getLong(at, LITTLE_ENDIAN);
        }
        return words;
    }
}
