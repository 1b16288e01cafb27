package io.tilefold.store;

import java.io.IOException;
import org.agrona.MutableDirectBuffer;

/** Where a snapshot comes from, the blocks as they were written. */
public interface SnapshotSource {
    /** What it is, for messages: a file, a recording. */
    String name();

    /** Gives the next block at the buffer's start and returns its length; 0: there is none. May wait. */
    int read(MutableDirectBuffer into) throws IOException;
}
