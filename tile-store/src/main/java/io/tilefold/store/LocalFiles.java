package io.tilefold.store;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.agrona.CloseHelper;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** The host's own files. */
final class LocalFiles implements StoreFiles {
    static final LocalFiles INSTANCE = new LocalFiles();

    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    private LocalFiles() {}

    @Override
    public void createDirectories(Path directory) throws IOException {
        Path absolute = directory.toAbsolutePath();
        Path parent = absolute.getParent();
        if (Files.isDirectory(absolute) || parent == null) {
            return;
        }
        createDirectories(parent);
        try {
            Files.createDirectory(absolute);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(absolute)) {
                throw e;
            }
        }
        syncDirectory(parent);
    }

    @Override
    public Output create(Path file) throws IOException {
        return new LocalOutput(file, FileChannel.open(file, CREATE, TRUNCATE_EXISTING, WRITE));
    }

    @Override
    public Output createLarge(Path file) throws IOException {
        return new LargeOutput(file, FileChannel.open(file, CREATE, TRUNCATE_EXISTING, WRITE));
    }

    @Override
    public Output reopen(Path file, long length) throws IOException {
        FileChannel channel = FileChannel.open(file, WRITE);
        try {
            return new LargeOutput(file, channel.truncate(length).position(length));
        } catch (IOException e) {
            CloseHelper.quietClose(channel);
            throw e;
        }
    }

    /** A file channel, counted while it is open. */
    private static final class LocalOutput implements Output {
        private final FileChannel channel;

        LocalOutput(Path file, FileChannel channel) {
            this.channel = channel;
            Mappings.opened(channel, file);
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            return channel.write(source);
        }

        @Override
        public void sync() throws IOException {
            channel.force(true);
        }

        @Override
        public boolean isOpen() {
            return channel.isOpen();
        }

        @Override
        public void close() throws IOException {
            Mappings.closed(channel);
            channel.close();
        }
    }

    @Override
    public ReadableByteChannel open(Path file) throws IOException {
        return Files.newByteChannel(file, READ);
    }

    @Override
    public long length(Path file) throws IOException {
        return Files.size(file);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, READ)) {
            channel.force(true);
        }
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
            children.forEach(child -> names.add(String.valueOf(child.getFileName())));
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        }
        return names;
    }

    @Override
    public void remove(Path path) throws IOException {
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
        }
    }

    @Override
    public UnsafeBuffer map(Path file, Mappings.Kind kind) throws IOException {
        try (FileChannel channel = FileChannel.open(file, READ)) {
            return map(file, channel, FileChannel.MapMode.READ_ONLY, kind);
        }
    }

    @Override
    public @Nullable Object key(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }

    @Override
    public UnsafeBuffer mapForWriting(Path file, Mappings.Kind kind) throws IOException {
        try (FileChannel channel = FileChannel.open(file, READ, WRITE)) {
            return map(file, channel, FileChannel.MapMode.READ_WRITE, kind);
        }
    }

    private static UnsafeBuffer map(Path file, FileChannel channel, FileChannel.MapMode mode, Mappings.Kind kind)
            throws IOException {
        long length = channel.size();
        if (length > Integer.MAX_VALUE) {
            throw new IOException("it is " + length + " bytes long: a store's mapped files are below 2 GiB");
        }
        return Mappings.mapped(channel.map(mode, 0, length), file, kind);
    }

    @Override
    public UnsafeBuffer createMapped(Path file, int length, Mappings.Kind kind) throws IOException {
        try (FileChannel channel = FileChannel.open(file, CREATE_NEW, READ, WRITE)) {
            fill(channel, length);
            return map(file, channel, FileChannel.MapMode.READ_WRITE, kind);
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (IOException e) {
            Files.deleteIfExists(file);
            throw e;
        }
    }

    private static void fill(FileChannel channel, int length) throws IOException {
        for (int left = length; left > 0; ) {
            left -= channel.write(LargePages.zeros(Math.min(left, LargePages.LENGTH)));
        }
    }

    /** The kernel's id of its run; elsewhere the moment at which process 1 began. */
    @Override
    public String hostRun() throws IOException {
        if (Files.exists(BOOT_ID)) {
            return Files.readString(BOOT_ID).strip();
        }
        return ProcessHandle.of(1)
                .flatMap(first -> first.info().startInstant())
                .map(start -> "1@" + start.toEpochMilli())
                .orElseThrow(() -> new IOException("this host does not tell its runs apart: neither " + BOOT_ID
                        + " nor the start of process 1 can be read"));
    }
}
