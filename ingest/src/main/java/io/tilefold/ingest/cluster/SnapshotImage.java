package io.tilefold.ingest.cluster;

import io.aeron.Image;
import io.aeron.ImageFragmentAssembler;
import io.aeron.logbuffer.FragmentHandler;
import io.tilefold.store.SnapshotSink;
import io.tilefold.store.SnapshotSource;
import java.io.IOException;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;

/** A snapshot that the archive replays, message by message. Confined to the service's thread. */
final class SnapshotImage implements SnapshotSource {
    private final Image image;
    private final IdleStrategy idle;
    private final UnsafeBuffer message = new UnsafeBuffer(new byte[SnapshotSink.BLOCK_LENGTH_MAX]);
    private final FragmentHandler assembler = new ImageFragmentAssembler((buffer, offset, length, header) -> {
        this.length = length;
        if (length <= message.capacity()) {
            message.putBytes(0, buffer, offset, length);
        }
    });
    private int length;

    SnapshotImage(Image image, IdleStrategy idle) {
        this.image = image;
        this.idle = idle;
    }

    @Override
    public String name() {
        return "recording " + image.sourceIdentity();
    }

    @Override
    public int read(MutableDirectBuffer into) throws IOException {
        length = 0;
        idle.reset();
        while (length == 0) {
            if (image.poll(assembler, 1) == 0) {
                if (image.isEndOfStream()) {
                    return 0;
                }
                if (image.isClosed()) {
                    throw new IOException("the archive stopped replaying it at " + image.position()
                            + ": a record of it is damaged, or the archive is closing");
                }
                idle.idle();
            }
        }
        if (length > message.capacity()) {
            throw new IOException("a message of " + length + " bytes; the longest is " + message.capacity());
        }
        into.putBytes(0, message, 0, length);
        return length;
    }
}
