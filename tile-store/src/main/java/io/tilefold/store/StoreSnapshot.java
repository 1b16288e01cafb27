package io.tilefold.store;

import io.tilefold.core.algebra.TileLayout;
import io.tilefold.core.definition.DefinitionId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.agrona.MutableDirectBuffer;

/** A whole store as blocks, and back; see {@link SnapshotDescriptor}. Writer's thread only. */
final class StoreSnapshot {
    private static final int CATALOG_LENGTH_MAX = 1 << 28;

    private StoreSnapshot() {}

    static void write(
            SnapshotSink sink, long position, StoreIdentity identity, byte[] catalog, Collection<GroupByStore> groupBys)
            throws IOException {
        SnapshotWriter out = new SnapshotWriter(sink, position);
        out.putInt(identity.shardGroup()).putInt(identity.shardCount()).putInt(TileLayout.FORMAT_VERSION);
        out.putInt(groupBys.size()).putInt(catalog.length).put(catalog);
        for (GroupByStore groupBy : groupBys) {
            groupBy.writeTo(out);
        }
        out.end();
    }

    /** What a snapshot brought. */
    @SuppressWarnings("ArrayRecordComponent") // never compared; the catalog's bytes are handed through
    record Restored(long position, byte[] catalog, Map<DefinitionId, GroupByStore> groupBys) {}

    /**
     * Reads a snapshot; nothing of it is left if it is refused.
     *
     * @param compile the GroupBys of a catalog
     * @param create the empty store of one
     * @param discard takes the stores made so far, if it is refused
     */
    static Restored read(
            SnapshotSource source,
            StoreIdentity identity,
            Function<byte[], List<ActiveGroupBy>> compile,
            Function<ActiveGroupBy, GroupByStore> create,
            java.util.function.Consumer<Collection<GroupByStore>> discard) {
        SnapshotReader in = new SnapshotReader(source);
        Map<DefinitionId, GroupByStore> groupBys = new LinkedHashMap<>();
        try {
            int count = readHead(in, source, identity);
            byte[] catalog = readCatalog(in);
            Map<DefinitionId, ActiveGroupBy> active = new LinkedHashMap<>();
            compile.apply(catalog).forEach(one -> active.put(one.id(), one));
            for (int i = 0; i < count; i++) {
                GroupByState state = GroupByState.read(in);
                ActiveGroupBy groupBy = active.get(state.id());
                if (groupBy == null || groupBys.containsKey(state.id())) {
                    throw in.corrupt("GroupBy " + state.id() + " is not in its catalog, or twice in it");
                }
                GroupByStore store = create.apply(groupBy);
                groupBys.put(state.id(), store);
                store.restore(state, in);
            }
            if (groupBys.size() != active.size()) {
                throw in.corrupt(groupBys.size() + " GroupBys; its catalog has " + active.size());
            }
            in.end();
            return new Restored(in.position(), catalog, groupBys);
        } catch (RuntimeException | Error e) {
            discard.accept(groupBys.values());
            throw e;
        }
    }

    /**
     * Reads a snapshot to its end: every checksum, and every record's lengths and key. What its states hold is not looked at, since that takes
     * the catalog.
     *
     * @throws StoreException naming the source and the offset
     */
    static void verify(SnapshotSource source, StoreIdentity identity) {
        SnapshotReader in = new SnapshotReader(source);
        int count = readHead(in, source, identity);
        readCatalog(in);
        for (int i = 0; i < count; i++) {
            boolean hasLive = GroupByState.read(in).hasLive();
            for (int shard = 0; hasLive && shard < identity.shardCount(); shard++) {
                LiveShardSnapshot.read(in, shard, identity.shardCount(), (image, hash) -> {});
            }
        }
        in.end();
    }

    /** Returns the number of GroupBys. */
    private static int readHead(SnapshotReader in, SnapshotSource source, StoreIdentity identity) {
        int shardGroup = in.getInt();
        int shardCount = in.getInt();
        if (shardGroup != identity.shardGroup() || shardCount != identity.shardCount()) {
            throw new StoreException(
                    StoreException.Code.MISMATCH,
                    "snapshot " + source.name() + " is of shard group " + shardGroup + " with " + shardCount
                            + " shards; this store is " + identity);
        }
        DurableFormat.checkVersion(
                source.name(),
                SnapshotDescriptor.HEAD_LENGTH + 2 * Integer.BYTES,
                "tile",
                in.getInt(),
                TileLayout.FORMAT_VERSION,
                TileLayout.FORMAT_VERSION);
        return in.getInt();
    }

    private static byte[] readCatalog(SnapshotReader in) {
        int length = in.getInt();
        if (length < 0 || length > CATALOG_LENGTH_MAX) {
            throw in.corrupt("a catalog of " + length + " bytes");
        }
        return in.getBytes(length);
    }

    /** The blocks of a snapshot file, one behind the other. */
    static SnapshotSource ofFile(Path file, ReadableByteChannel channel) {
        return new SnapshotSource() {
            private final ByteBuffer block =
                    ByteBuffer.allocate(SnapshotDescriptor.BLOCK_LENGTH_MAX).order(java.nio.ByteOrder.LITTLE_ENDIAN);

            @Override
            public String name() {
                return file.toString();
            }

            @Override
            public int read(MutableDirectBuffer into) throws IOException {
                block.clear().limit(SnapshotDescriptor.HEAD_LENGTH);
                if (fill()) {
                    int payload = block.getInt(SnapshotDescriptor.PAYLOAD_LENGTH_OFFSET);
                    int bounded = Math.max(0, Math.min(payload, SnapshotDescriptor.PAYLOAD_LENGTH_MAX));
                    block.limit(SnapshotDescriptor.blockLength(bounded));
                    fill();
                }
                into.putBytes(0, block.flip(), block.limit());
                return block.limit();
            }

            private boolean fill() throws IOException {
                while (block.hasRemaining()) {
                    if (channel.read(block) < 0) {
                        return false;
                    }
                }
                return true;
            }
        };
    }
}
