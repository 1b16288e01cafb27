package io.tilefold.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.agrona.CloseHelper;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** What the store's classes do with single files, failures told as {@link StoreException} that name the file. */
final class DurableFile {
    /** Longest file that is read as a whole: a manifest with its catalog. */
    private static final int READ_LENGTH_MAX = 512 << 20;

    private DurableFile() {}

    /** What {@link #write(StoreFiles, Path, Content)} fills the file with. */
    interface Content {
        void writeTo(StoreFiles.Output output) throws IOException;
    }

    /** Where a file is written before it has its name. */
    static Path aside(Path file) {
        return file.resolveSibling(file.getFileName() + ".part");
    }

    /** Writes a file so that after a crash at any moment the one before is there whole (or none), or this one. Its directory is there. */
    static void write(StoreFiles files, Path file, Content content) {
        Path aside = aside(file);
        try {
            try (StoreFiles.Output output = files.create(aside)) {
                content.writeTo(output);
                output.sync();
            }
            takeItsPlace(files, file);
        } catch (IOException | RuntimeException e) {
            CloseHelper.quietClose(() -> files.remove(aside));
            throw e instanceof RuntimeException unchecked ? unchecked : failed("write", file, (IOException) e);
        }
    }

    static void write(StoreFiles files, Path file, ByteBuffer content) {
        write(files, file, output -> writeFully(output, content));
    }

    static void writeFully(StoreFiles.Output output, ByteBuffer content) throws IOException {
        while (content.hasRemaining()) {
            output.write(content);
        }
    }

    /** Renames what was written aside and synced. */
    static void takeItsPlace(StoreFiles files, Path file) throws IOException {
        files.rename(aside(file), file);
        files.syncDirectory(parent(file));
    }

    private static Path parent(Path file) {
        return file.resolveSibling("");
    }

    /** @return null if there is no such file */
    static byte @Nullable [] read(StoreFiles files, Path file) {
        try (ReadableByteChannel channel = files.open(file)) {
            long length = files.length(file);
            if (length > READ_LENGTH_MAX) {
                throw new IOException("it is " + length + " bytes long, more than " + READ_LENGTH_MAX);
            }
            ByteBuffer bytes = ByteBuffer.allocate((int) length);
            while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
                // goes on
            }
            return java.util.Arrays.copyOf(bytes.array(), bytes.position());
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw failed("read", file, e);
        }
    }

    /** @return null if there is no such file */
    static @Nullable UnsafeBuffer map(StoreFiles files, Path file, Mappings.Kind kind) {
        try {
            return files.map(file, kind);
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw failed("map", file, e);
        }
    }

    static UnsafeBuffer createMapped(StoreFiles files, Path file, int length, Mappings.Kind kind) {
        try {
            return files.createMapped(file, length, kind);
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Code.IO, "cannot create " + file + " of " + length + " bytes: " + e, e);
        }
    }

    static void createDirectories(StoreFiles files, Path directory) {
        try {
            files.createDirectories(directory);
        } catch (IOException e) {
            throw failed("create directory", directory, e);
        }
    }

    static void remove(StoreFiles files, Path path) {
        try {
            files.remove(path);
        } catch (IOException e) {
            throw failed("remove", path, e);
        }
    }

    static StoreException failed(String what, Path file, IOException cause) {
        return new StoreException(StoreException.Code.IO, "cannot " + what + " " + file + ": " + cause, cause);
    }
}
