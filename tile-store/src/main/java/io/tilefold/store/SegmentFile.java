package io.tilefold.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import org.agrona.CloseHelper;
import org.jspecify.annotations.Nullable;

/**
 * A segment on its way into a store: written aside, front to back, in as many turns as it takes, then given its name at once. Until {@link #install}
 * has returned it is not there for anyone; after that it survives the host's death. Confined to one thread at a time.
 */
public final class SegmentFile implements WritableByteChannel {
    private final StoreFiles files;
    private final Path file;
    private StoreFiles.@Nullable Output output;

    SegmentFile(StoreFiles files, Path file) {
        this.files = files;
        this.file = file;
    }

    /** Where it will be. */
    public Path path() {
        return file;
    }

    /**
     * Begins a turn.
     *
     * @param length of what was written in the turns before and counts; 0: begins anew, and what was installed is gone
     */
    public void begin(long length) throws IOException {
        close();
        if (length == 0) {
            files.createDirectories(file.resolveSibling(""));
            files.remove(file);
            output = files.createLarge(DurableFile.aside(file));
        } else {
            output = files.reopen(DurableFile.aside(file), length);
        }
    }

    /** Writes all that remains of the chunk. If it fails, how much of it counts is not known: begin a turn at its start. */
    @Override
    public int write(ByteBuffer chunk) throws IOException {
        int length = chunk.remaining();
        DurableFile.writeFully(open(), chunk);
        return length;
    }

    /** Syncs what was written and gives it its name. */
    public void install() throws IOException {
        open().sync();
        close();
        DurableFile.takeItsPlace(files, file);
    }

    private StoreFiles.Output open() throws IOException {
        StoreFiles.Output open = output;
        if (open == null) {
            throw new IOException(file + " is not being written");
        }
        return open;
    }

    @Override
    public boolean isOpen() {
        return output != null;
    }

    /** Ends a turn; what was written stays, as far as the operating system has it. */
    @Override
    public void close() {
        StoreFiles.Output open = output;
        output = null;
        CloseHelper.quietClose(open); // what it may have lost is noticed when the segment is verified
    }
}
