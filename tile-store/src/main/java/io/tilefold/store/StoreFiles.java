package io.tilefold.store;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The few things a store does with files: durable ones are written aside, synced and renamed; mapped ones are filled with zeros before they
 * are mapped (a full disk is then an exception here and not a signal in the middle of a store), never truncated, and removed by unlinking.
 */
final class StoreFiles {
    private static final int FILL_LENGTH = 1 << 20;

    private StoreFiles() {}

    /** Writes a file so that after a crash at any moment it is there whole or not at all. */
    static void writeDurably(Path file, ByteBuffer content) {
        Path parent = file.resolveSibling("").toAbsolutePath();
        Path aside = file.resolveSibling(file.getFileName() + ".part");
        try {
            Files.createDirectories(parent);
            try (FileChannel channel = FileChannel.open(aside, CREATE, TRUNCATE_EXISTING, WRITE)) {
                while (content.hasRemaining()) {
                    channel.write(content);
                }
                channel.force(true);
            }
            Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            forceDirectory(parent);
        } catch (IOException e) {
            throw io("cannot write " + file, e);
        }
    }

    private static void forceDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, READ)) {
            channel.force(true);
        }
    }

    /** Creates a file of zeros and maps it for reading and writing. */
    static UnsafeBuffer create(Path file, int length) {
        try (FileChannel channel = FileChannel.open(file, CREATE_NEW, READ, WRITE)) {
            ByteBuffer zeros = ByteBuffer.allocateDirect(Math.min(length, FILL_LENGTH));
            for (int left = length; left > 0; ) {
                zeros.clear().limit(Math.min(left, zeros.capacity()));
                left -= channel.write(zeros);
            }
            return new UnsafeBuffer(channel.map(FileChannel.MapMode.READ_WRITE, 0, length));
        } catch (IOException e) {
            remove(file);
            throw io("cannot create " + file + " of " + length + " bytes", e);
        }
    }

    static UnsafeBuffer mapForWriting(Path file) {
        try (FileChannel channel = FileChannel.open(file, READ, WRITE)) {
            return new UnsafeBuffer(channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size()));
        } catch (IOException e) {
            throw io("cannot map " + file, e);
        }
    }

    /**
     * Maps a file for reading; the mapping lives as long as the buffer is reachable.
     *
     * @return null if there is no such file
     */
    static @Nullable UnsafeBuffer map(Path file) {
        try (FileChannel channel = FileChannel.open(file, READ)) {
            long length = channel.size();
            if (length > Integer.MAX_VALUE) {
                throw new StoreException(
                        StoreException.Code.CORRUPT,
                        file + " is " + length + " bytes long: a store's files are below 2 GiB");
            }
            return new UnsafeBuffer(channel.map(FileChannel.MapMode.READ_ONLY, 0, length));
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw io("cannot map " + file, e);
        }
    }

    /** Unmaps a buffer that nothing else reads. */
    static void unmap(UnsafeBuffer buffer) {
        ByteBuffer bytes = buffer.byteBuffer();
        buffer.wrap(0, 0);
        if (bytes instanceof MappedByteBuffer mapped) {
            IoUtil.unmap(mapped);
        }
    }

    static void createDirectories(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw io("cannot create directory " + directory, e);
        }
    }

    /** Removes a file, or a directory with all that is in it; nothing if it is not there. */
    static void remove(Path path) {
        try {
            Files.walkFileTree(path, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                        throws IOException {
                    if (failure != null) {
                        throw failure;
                    }
                    Files.deleteIfExists(directory);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (NoSuchFileException e) {
            // Removed already.
        } catch (IOException e) {
            throw io("cannot remove " + path, e);
        }
    }

    static StoreException io(String what, IOException cause) {
        return new StoreException(StoreException.Code.IO, what + ": " + cause, cause);
    }
}
