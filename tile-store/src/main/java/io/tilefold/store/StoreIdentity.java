package io.tilefold.store;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a store directory is: the durable file {@code STORE}, in the frame of {@link DurableFormat}. Little-endian.
 *
 * <pre>
 *   0                 8          12            16            20                               36
 *  +-----------------+----------+-------------+-------------+--------------------------------+
 *  | magic "TFSTORED"| format   | shard group | shard count | CRC-32C, length 36, "TFSTOEND" |
 *  +-----------------+----------+-------------+-------------+--------------------------------+
 *    long              int        int           int           int      int        long
 * </pre>
 */
record StoreIdentity(int shardGroup, int shardCount) {
    /** 2: the frame all durable files have. 1 had no footer; it was never released. */
    static final int FORMAT_VERSION = 2;

    private static final DurableFormat FORMAT = new DurableFormat(
            "store identity", Magic.of("TFSTORED"), Magic.of("TFSTOEND"), FORMAT_VERSION, FORMAT_VERSION);

    void write(StoreFiles files, Path file) {
        ByteBuffer bytes = FORMAT.begin(2 * Integer.BYTES).putInt(shardGroup).putInt(shardCount);
        DurableFile.write(files, file, FORMAT.end(bytes));
    }

    /**
     * Reads an identity.
     *
     * @return null if there is no such file
     * @throws StoreException naming the file, if it is damaged or of another format
     */
    static @Nullable StoreIdentity read(StoreFiles files, Path file) {
        byte[] content = DurableFile.read(files, file);
        return content == null
                ? null
                : FORMAT.parse(file, content, bytes -> new StoreIdentity(bytes.getInt(), bytes.getInt()));
    }
}
