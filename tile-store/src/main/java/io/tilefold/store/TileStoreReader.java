package io.tilefold.store;

import java.nio.file.Path;

/** The readers' side of a store, in any process on the host. Shared by threads; leaves no trace in the store. */
public final class TileStoreReader {
    private TileStoreReader() {}

    /** @throws StoreUnavailableException if nothing is published in the directory */
    public static TileStoreReader open(Path directory) {
        return Skeleton.pending();
    }

    /** What is published now. One volatile read if nothing changed since the last call. Views taken before stay valid. */
    public StoreView view() {
        return Skeleton.pending();
    }

    /** Position in the log up to which everything is visible. Read it before the view whose answers it is to vouch for. */
    public long position() {
        return Skeleton.pending();
    }

    /** Last moment at which live stood at its topics' end, epoch milliseconds; 0: never. */
    public long caughtUpAtMs() {
        return Skeleton.pending();
    }

    /** The writer's last sign of life, epoch milliseconds. */
    public long heartbeatMs() {
        return Skeleton.pending();
    }
}
