package io.tilefold.store;

import io.tilefold.core.key.ShardSet;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a store directory is: the durable file {@code STORE}, in the frame of {@link DurableFormat}. Little-endian.
 *
 * <pre>
 *   0                 8          12            16            20             20+n                             36+n
 *  +-----------------+----------+-------------+-------------+--------------+--------------------------------+
 *  | magic "TFSTORED"| format   | shard group | shard count | shards owned | CRC-32C, length, "TFSTOEND"    |
 *  +-----------------+----------+-------------+-------------+--------------+--------------------------------+
 *    long              int        int           int           n bytes        int      int     long
 *   shards owned: one bit per shard, {@link ShardSet#toBits}; n is 1 to 8192
 * </pre>
 *
 * @param shards those that the shard group owns, out of the deployment's
 */
record StoreIdentity(int shardGroup, ShardSet shards) {
    /** 3: the shards that the group owns; before it a group owned all. 2: the frame all durable files have. Neither was released. */
    static final int FORMAT_VERSION = 3;

    private static final DurableFormat FORMAT = new DurableFormat(
            "store identity", Magic.of("TFSTORED"), Magic.of("TFSTOEND"), FORMAT_VERSION, FORMAT_VERSION);

    /** Shards of the deployment. */
    int shardCount() {
        return shards.shardCount();
    }

    void write(StoreFiles files, Path file) {
        byte[] owned = shards.toBits();
        ByteBuffer bytes = FORMAT.begin(2 * Integer.BYTES + owned.length)
                .putInt(shardGroup)
                .putInt(shards.shardCount())
                .put(owned);
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
        return content == null ? null : FORMAT.parse(file, content, StoreIdentity::parse);
    }

    private static StoreIdentity parse(ByteBuffer bytes) {
        int shardGroup = bytes.getInt();
        int shardCount = bytes.getInt();
        byte[] owned = new byte[bytes.remaining()];
        bytes.get(owned);
        return new StoreIdentity(shardGroup, ShardSet.ofBits(shardCount, owned));
    }
}
