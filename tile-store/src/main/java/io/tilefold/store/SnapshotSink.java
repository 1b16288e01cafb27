package io.tilefold.store;

import java.io.IOException;
import org.agrona.DirectBuffer;

/** Where a snapshot goes, block after block. */
@FunctionalInterface
public interface SnapshotSink {
    /** Largest block, bytes: below the largest message of a log with terms of 1 MiB. */
    int BLOCK_LENGTH_MAX = SnapshotDescriptor.BLOCK_LENGTH_MAX;

    /** Takes the next block, at most {@link #BLOCK_LENGTH_MAX} bytes; they are overwritten after the call. May wait. */
    void write(DirectBuffer block, int offset, int length) throws IOException;
}
