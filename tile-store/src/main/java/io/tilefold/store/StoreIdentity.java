package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What a store directory is: the durable file {@code STORE}, 24 bytes, little-endian.
 *
 * <pre>
 *   0                 8          12            16            20
 *  +-----------------+----------+-------------+-------------+--------------------------+
 *  | magic "TFSTORED"| format   | shard group | shard count | CRC-32C of the 20 before |
 *  +-----------------+----------+-------------+-------------+--------------------------+
 *    long              int        int           int           int
 * </pre>
 */
record StoreIdentity(int shardGroup, int shardCount) {
    static final int FORMAT_VERSION = 1;
    private static final long MAGIC = Magic.of("TFSTORED");
    private static final int CRC_OFFSET = Long.BYTES + 3 * Integer.BYTES;
    private static final int LENGTH = CRC_OFFSET + Integer.BYTES;

    void write(Path file) {
        ByteBuffer bytes = ByteBuffer.allocate(LENGTH).order(LITTLE_ENDIAN);
        bytes.putLong(MAGIC).putInt(FORMAT_VERSION).putInt(shardGroup).putInt(shardCount);
        bytes.putInt(crc(bytes.array()));
        StoreFiles.writeDurably(file, bytes.flip());
    }

    /** @return null if there is no such file */
    static @Nullable StoreIdentity read(Path file) {
        byte[] content;
        try {
            content = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw StoreFiles.io("cannot read " + file, e);
        }
        ByteBuffer bytes = ByteBuffer.wrap(content).order(LITTLE_ENDIAN);
        if (content.length != LENGTH || bytes.getLong() != MAGIC) {
            throw new StoreException(
                    StoreException.Code.CORRUPT, file + " is no store's identity: is this a store directory?");
        }
        if (bytes.getInt(CRC_OFFSET) != crc(content)) {
            throw new StoreException(StoreException.Code.CORRUPT, file + " has a wrong checksum");
        }
        int format = bytes.getInt();
        if (format != FORMAT_VERSION) {
            throw new StoreException(
                    StoreException.Code.CORRUPT,
                    file + " has format " + format + "; this build reads " + FORMAT_VERSION);
        }
        return new StoreIdentity(bytes.getInt(), bytes.getInt());
    }

    private static int crc(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, CRC_OFFSET);
        return (int) crc.getValue();
    }
}
