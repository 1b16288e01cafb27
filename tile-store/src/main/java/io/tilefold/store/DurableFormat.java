package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.zip.CRC32C;

/**
 * The frame of every small durable file, the same in all versions of its format. Little-endian.
 *
 * <pre>
 *   0         8         12                          L - 16           L - 12         L - 8       L
 *  +---------+---------+---------------------------+----------------+--------------+-----------+
 *  | magic   | format  | content                   | CRC-32C of all | file length  | end magic |
 *  | long    | int     |                           | before, int    | int          | long      |
 *  +---------+---------+---------------------------+----------------+--------------+-----------+
 * </pre>
 *
 * @param name of what the file is, for messages
 * @param version written, and the newest that is read
 * @param oldest version that is read
 */
record DurableFormat(String name, long magic, long endMagic, int version, int oldest) {
    static final int HEADER_LENGTH = Long.BYTES + Integer.BYTES;
    static final int FOOTER_LENGTH = 2 * Integer.BYTES + Long.BYTES;

    /** A buffer for a file whose content has this many bytes, its header written. */
    ByteBuffer begin(int contentLength) {
        return ByteBuffer.allocate(HEADER_LENGTH + contentLength + FOOTER_LENGTH)
                .order(LITTLE_ENDIAN)
                .putLong(magic)
                .putInt(version);
    }

    /** Writes the footer and makes the buffer ready to be read. */
    ByteBuffer end(ByteBuffer bytes) {
        int crc = crc(bytes, 0, bytes.position());
        return bytes.putInt(crc)
                .putInt(bytes.position() + Integer.BYTES + Long.BYTES)
                .putLong(endMagic)
                .flip();
    }

    /**
     * Checks a file's frame and parses its content.
     *
     * @throws StoreException naming file and offset: {@code CORRUPT}, {@code TOO_OLD} or {@code TOO_NEW}
     */
    <T> T parse(Path file, byte[] content, Function<ByteBuffer, T> parser) {
        ByteBuffer bytes = ByteBuffer.wrap(content).order(LITTLE_ENDIAN);
        check(file, bytes);
        bytes.position(HEADER_LENGTH).limit(content.length - FOOTER_LENGTH);
        try {
            T parsed = parser.apply(bytes);
            if (bytes.hasRemaining()) {
                throw corrupt(file, bytes.position(), bytes.remaining() + " bytes more than its content");
            }
            return parsed;
        } catch (BufferUnderflowException | IllegalArgumentException | NegativeArraySizeException e) {
            throw corrupt(file, bytes.position(), "its content contradicts itself: " + e);
        }
    }

    private void check(Path file, ByteBuffer bytes) {
        int length = bytes.capacity();
        if (length < HEADER_LENGTH + FOOTER_LENGTH) {
            throw corrupt(
                    file,
                    length,
                    "the file ends where at least " + (HEADER_LENGTH + FOOTER_LENGTH) + " bytes should be");
        }
        if (bytes.getLong(0) != magic) {
            throw corrupt(file, 0, "magic " + Magic.text(bytes.getLong(0)) + ", expected " + Magic.text(magic));
        }
        int footer = length - FOOTER_LENGTH;
        int lengthOffset = footer + Integer.BYTES;
        if (bytes.getLong(lengthOffset + Integer.BYTES) != endMagic) {
            throw corrupt(file, footer, "no footer: the file is cut off or was never finished");
        }
        if (bytes.getInt(lengthOffset) != length) {
            throw corrupt(
                    file,
                    lengthOffset,
                    "the file is " + length + " bytes long, written were " + bytes.getInt(lengthOffset));
        }
        int crc = crc(bytes, 0, footer);
        if (bytes.getInt(footer) != crc) {
            throw corrupt(file, footer, String.format("checksum %08x, written was %08x", crc, bytes.getInt(footer)));
        }
        checkVersion(file, Long.BYTES, name, bytes.getInt(Long.BYTES), oldest, version);
    }

    /** @throws StoreException {@code TOO_OLD} or {@code TOO_NEW} */
    static void checkVersion(Object file, int offset, String name, int found, int oldest, int newest) {
        if (found < oldest) {
            throw new StoreException(
                    StoreException.Code.TOO_OLD,
                    file + ", offset " + offset + ": " + name + " format " + found + " is too old; this build reads "
                            + oldest + " to " + newest);
        }
        if (found > newest) {
            throw new StoreException(
                    StoreException.Code.TOO_NEW,
                    file + ", offset " + offset + ": " + name + " format " + found + " is too new; this build reads "
                            + oldest + " to " + newest + ": upgrade it");
        }
    }

    private StoreException corrupt(Path file, long offset, String what) {
        return corrupt(file, offset, name, what);
    }

    static StoreException corrupt(Path file, long offset, String name, String what) {
        return new StoreException(
                StoreException.Code.CORRUPT, file + ", offset " + offset + ": not a sound " + name + ": " + what);
    }

    /** CRC-32C of the bytes between two offsets. */
    static int crc(ByteBuffer bytes, int from, int to) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate().limit(to).position(from));
        return (int) crc.getValue();
    }
}
