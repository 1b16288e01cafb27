package io.tilefold.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * All that a store does with its disk. Durable files are written aside, synced and renamed, and the directory is synced after that; files
 * mapped for writing are a cache of the log: filled with zeros before they are mapped (a full disk is then an exception here and not a signal in
 * the middle of a store), never truncated, removed by unlinking, never synced. Shared by threads.
 */
interface StoreFiles {
    /** A file being written, front to back. */
    interface Output extends WritableByteChannel, Closeable {
        /** Returns when all that was written would survive the host's death. The file's name is its directory's matter. */
        void sync() throws IOException;
    }

    /** Makes a directory and those above it that are missing; each new name is synced. */
    void createDirectories(Path directory) throws IOException;

    /** Makes a file, or empties the one that is there. */
    Output create(Path file) throws IOException;

    /** Like {@link #create}, of a file that will be mapped for reading at random: laid out in memory as suits that best. */
    default Output createLarge(Path file) throws IOException {
        return create(file);
    }

    /** Cuts a file that {@link #createLarge} made to this length and goes on writing behind it. */
    Output reopen(Path file, long length) throws IOException;

    /** @throws java.nio.file.NoSuchFileException if there is no such file */
    ReadableByteChannel open(Path file) throws IOException;

    /** @throws java.nio.file.NoSuchFileException if there is no such file */
    long length(Path file) throws IOException;

    /** Gives a file another name in its directory, in one step; what had that name is gone. */
    void rename(Path from, Path to) throws IOException;

    /** Returns when the names in a directory would survive the host's death. */
    void syncDirectory(Path directory) throws IOException;

    /** Names in a directory; none if it is not there. */
    List<String> list(Path directory) throws IOException;

    /** Removes a file, or a directory with all that is in it; nothing if it is not there. */
    void remove(Path path) throws IOException;

    /**
     * Maps a whole file for reading.
     *
     * @throws java.nio.file.NoSuchFileException if there is no such file
     */
    UnsafeBuffer map(Path file, Mappings.Kind kind) throws IOException;

    /**
     * Maps a whole file for writing.
     *
     * @throws java.nio.file.NoSuchFileException if there is no such file
     */
    UnsafeBuffer mapForWriting(Path file, Mappings.Kind kind) throws IOException;

    /** Makes a file of zeros, all of its blocks allocated, and maps it for writing. Leaves no file if it fails. */
    UnsafeBuffer createMapped(Path file, int length, Mappings.Kind kind) throws IOException;

    /**
     * What tells a file from another that has its name later; null where the file system tells nothing.
     *
     * @throws java.nio.file.NoSuchFileException if there is no such file
     */
    default @Nullable Object key(Path file) throws IOException {
        return null;
    }

    /** Which run of the operating system this is: what mapped files hold is good within one run only. At most 44 ASCII characters. */
    String hostRun() throws IOException;
}
