package io.tilefold.ingest.cluster;

import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import io.tilefold.store.SnapshotSink;
import java.io.IOException;
import java.util.zip.CRC32C;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.IdleStrategy;

/** A snapshot on its way to the archive, one message per block, and its digest. Confined to the service's thread. */
final class SnapshotPublication implements SnapshotSink {
    private final ExclusivePublication publication;
    private final IdleStrategy idle;
    private final CRC32C crc = new CRC32C();
    private final byte[] bytes = new byte[BLOCK_LENGTH_MAX];
    private long length;

    SnapshotPublication(ExclusivePublication publication, IdleStrategy idle) {
        this.publication = publication;
        this.idle = idle;
    }

    @Override
    public void write(DirectBuffer block, int offset, int blockLength) throws IOException {
        block.getBytes(offset, bytes, 0, blockLength);
        crc.update(bytes, 0, blockLength);
        length += blockLength;
        idle.reset();
        long result = publication.offer(block, offset, blockLength);
        while (result < 0) {
            if (result == Publication.CLOSED || result == Publication.MAX_POSITION_EXCEEDED) {
                throw new IOException("the archive takes no more of the snapshot: " + Publication.errorString(result));
            }
            idle.idle();
            result = publication.offer(block, offset, blockLength);
        }
    }

    long length() {
        return length;
    }

    /** CRC-32C of all that was written: equal on members that hold equal state. */
    int digest() {
        return (int) crc.getValue();
    }
}
