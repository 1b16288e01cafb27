package io.tilefold.store;

import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.agrona.concurrent.UnsafeBuffer;

/** Mapped files as arrays: each mapping of one is a buffer of its own over the same bytes, as it is between processes. Nothing durable. */
final class MemoryFiles implements StoreFiles {
    private final Map<Path, byte[]> files = new ConcurrentHashMap<>();

    @Override
    public UnsafeBuffer createMapped(Path file, int length, Mappings.Kind kind) throws IOException {
        files.put(file, new byte[length]);
        return map(file, kind);
    }

    @Override
    public UnsafeBuffer map(Path file, Mappings.Kind kind) throws IOException {
        byte[] bytes = files.get(file);
        if (bytes == null) {
            throw new NoSuchFileException(file.toString());
        }
        return new UnsafeBuffer(bytes);
    }

    @Override
    public UnsafeBuffer mapForWriting(Path file, Mappings.Kind kind) throws IOException {
        return map(file, kind);
    }

    @Override
    public void remove(Path path) {
        files.remove(path);
    }

    @Override
    public String hostRun() {
        return "this run";
    }

    @Override
    public void createDirectories(Path directory) {}

    @Override
    public void syncDirectory(Path directory) {}

    @Override
    public Output create(Path file) {
        throw notDurable(file);
    }

    @Override
    public Output reopen(Path file, long length) {
        throw notDurable(file);
    }

    @Override
    public ReadableByteChannel open(Path file) {
        throw notDurable(file);
    }

    @Override
    public long length(Path file) {
        throw notDurable(file);
    }

    @Override
    public void rename(Path from, Path to) {
        throw notDurable(from);
    }

    @Override
    public List<String> list(Path directory) {
        throw notDurable(directory);
    }

    private static UnsupportedOperationException notDurable(Path file) {
        return new UnsupportedOperationException(file + ": the live protocols have no durable file");
    }
}
