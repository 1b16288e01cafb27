package io.tilefold.ingest.group;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.tile.SegmentSummary;
import io.tilefold.proto.node.v1.ReadSegmentRequest;
import io.tilefold.proto.node.v1.ReadSegmentResponse;
import io.tilefold.store.SegmentFile;
import io.tilefold.store.TileStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.zip.CRC32C;

/** Fetches segments from peers into the store. Confined to one thread at a time. */
final class SegmentFetcher {
    private static final long TIMEOUT_MS = 600_000;

    private final TileStore store;
    private final Peers peers;

    SegmentFetcher(TileStore store, Peers peers) {
        this.store = store;
        this.peers = peers;
    }

    /**
     * Fetches one segment and verifies it.
     *
     * @throws io.grpc.StatusRuntimeException if the peer cannot be reached or does not have it
     * @throws UncheckedIOException if it cannot be written, or came damaged
     * @throws io.tilefold.core.tile.SegmentException if it is not sound
     * @throws io.tilefold.store.StoreException if it is another one
     */
    SegmentSummary fetch(DefinitionId id, long version, long batchEndMs, int shard, int peer) {
        ReadSegmentRequest request = ReadSegmentRequest.newBuilder()
                .setDefinitionId(id.hex())
                .setVersion(version)
                .setShard(shard)
                .build();
        Iterator<ReadSegmentResponse> chunks = peers.blocking(peer, TIMEOUT_MS).readSegment(request);
        try (SegmentFile file = store.newSegment(id, version, shard)) {
            ReadSegmentResponse chunk = chunks.next(); // nothing is made for a segment that the peer does not have
            file.begin(0);
            while (true) {
                write(file, chunk, peer);
                if (!chunks.hasNext()) {
                    break;
                }
                chunk = chunks.next();
            }
            file.install();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return store.verifySegment(id, version, shard, batchEndMs);
    }

    private static void write(SegmentFile file, ReadSegmentResponse chunk, int peer) throws IOException {
        ByteBuffer data = chunk.getData().asReadOnlyByteBuffer();
        CRC32C crc = new CRC32C();
        crc.update(data.duplicate());
        if ((int) crc.getValue() != chunk.getCrc32C()) {
            throw new IOException("a chunk of " + file.path() + " came damaged from member " + peer);
        }
        int unused = file.write(data);
    }
}
