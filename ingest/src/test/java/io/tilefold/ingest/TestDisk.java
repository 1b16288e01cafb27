package io.tilefold.ingest;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Small file systems in memory that a test fills up. They need root and Linux. */
final class TestDisk {
    private static final String BALLAST = "ballast";
    private static final int CHUNK = 1 << 16;
    private static final int FULL_TIMES = 3;
    private static final long PAUSE_MS = 100;

    private TestDisk() {}

    /** @return what takes it away again */
    static AutoCloseable mount(Path directory, int mebibytes) throws IOException {
        Files.createDirectories(directory);
        TestNetwork.run("mount", "-t", "tmpfs", "-o", "size=" + mebibytes + "m", "tilefold-test", directory.toString());
        return () -> TestNetwork.run("umount", "-l", directory.toString());
    }

    /** Leaves no room, also where a node removes something meanwhile: until there was none left three times in a row. */
    static void fill(Path directory) throws IOException, InterruptedException {
        Path file = directory.resolve(BALLAST);
        long length = -1;
        try (OutputStream ballast = Files.newOutputStream(file)) {
            for (int full = 0; full < FULL_TIMES; full++) {
                write(ballast);
                if (Files.size(file) > length) {
                    length = Files.size(file);
                    full = 0;
                }
                Thread.sleep(PAUSE_MS);
            }
        }
    }

    private static void write(OutputStream ballast) {
        byte[] chunk = new byte[CHUNK];
        try {
            while (true) {
                ballast.write(chunk);
            }
        } catch (IOException e) {
            System.out.println("full: " + e.getMessage());
        }
    }

    static void makeRoom(Path directory) throws IOException {
        Files.delete(directory.resolve(BALLAST));
    }
}
