package io.tilefold.store;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Registered for every test of this module: none leaves a mapping, an open file or off-heap memory behind. Three witnesses: the store's own
 * book, the JVM's count of what it has mapped, and the operating system's list of this process's open files below the tests' directory.
 */
public final class NoLeaks implements BeforeEachCallback, AfterEachCallback {
    private static final ThreadLocal<List<TileStoreReader>> READERS = ThreadLocal.withInitial(ArrayList::new);
    private static final ThreadLocal<Held> BEFORE = new ThreadLocal<>();
    private static final Path OPEN_FILES = Path.of("/proc/self/fd");
    private static final String TEMPORARY = System.getProperty("java.io.tmpdir");

    /** What the process holds. */
    private record Held(List<String> book, long mappedBytes, List<String> openFiles) {
        static Held now() throws IOException {
            return new Held(Mappings.open(), bytesMapped(), filesOpen());
        }

        private static long bytesMapped() {
            return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                    .filter(pool -> pool.getName().startsWith("mapped"))
                    .mapToLong(BufferPoolMXBean::getTotalCapacity)
                    .sum();
        }

        /** Empty on a host that does not say. */
        private static List<String> filesOpen() throws IOException {
            List<String> open = new ArrayList<>();
            if (Files.isDirectory(OPEN_FILES)) {
                try (Stream<Path> links = Files.list(OPEN_FILES)) {
                    for (Path link : links.toList()) {
                        addOpen(link, open);
                    }
                }
            }
            return open;
        }

        private static void addOpen(Path link, List<String> open) throws IOException {
            try {
                String file = Files.readSymbolicLink(link).toString();
                if (file.startsWith(TEMPORARY + "/junit")) {
                    open.add("open: " + file);
                }
            } catch (NoSuchFileException e) {
                // Closed in the meantime.
            }
        }

        List<String> leftSince(Held before) {
            List<String> left = new ArrayList<>(book);
            left.removeAll(before.book);
            List<String> files = new ArrayList<>(openFiles);
            files.removeAll(before.openFiles);
            left.addAll(files);
            if (mappedBytes != before.mappedBytes) {
                left.add(mappedBytes - before.mappedBytes + " bytes are mapped");
            }
            return left;
        }
    }

    /** Opens a store for reading until the end of the test. */
    static TileStoreReader reader(Path directory) {
        TileStoreReader reader = TileStoreReader.open(directory);
        READERS.get().add(reader);
        return reader;
    }

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        BEFORE.set(Held.now());
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        READERS.get().forEach(TileStoreReader::close);
        READERS.remove();
        List<String> left = Held.now().leftSince(Objects.requireNonNull(BEFORE.get()));
        BEFORE.remove();
        if (!left.isEmpty()) {
            throw new AssertionError(left.size() + " mappings or open files are left:\n" + String.join("\n", left));
        }
    }
}
