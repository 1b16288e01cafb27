package io.tilefold.store;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;

/** The writer's claim to a store: a file lock, which the operating system lets go when the process ends, however it does. */
final class StoreLock {
    private final FileChannel channel;

    private StoreLock(FileChannel channel) {
        this.channel = channel;
    }

    /** @throws StoreException if another writer, in this process or another, has the store open */
    static StoreLock acquire(Path file, Path store) {
        FileChannel channel = null;
        try {
            channel = FileChannel.open(file, CREATE, WRITE);
            FileLock lock = tryLock(channel);
            if (lock != null) {
                return new StoreLock(channel);
            }
            channel.close();
        } catch (IOException e) {
            throw DurableFile.failed("lock", file, e);
        }
        throw new StoreException(
                StoreException.Code.LOCKED,
                "tile store " + store + " is open for writing already: one ingest node per store; stop the other one");
    }

    private static @org.jspecify.annotations.Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    void release() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new StoreException(StoreException.Code.IO, "cannot unlock: " + e, e);
        }
    }
}
