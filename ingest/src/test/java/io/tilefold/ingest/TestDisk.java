package io.tilefold.ingest;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Small file systems in memory that a test fills up. They need root and Linux. */
final class TestDisk {
    private static final String BALLAST = "ballast";
    private static final int CHUNK = 1 << 16;

    private TestDisk() {}

    /** @return what takes it away again */
    static AutoCloseable mount(Path directory, int mebibytes) throws IOException {
        Files.createDirectories(directory);
        TestNetwork.run("mount", "-t", "tmpfs", "-o", "size=" + mebibytes + "m", "tilefold-test", directory.toString());
        return () -> TestNetwork.run("umount", "-l", directory.toString());
    }

    /** Leaves no room. */
    static void fill(Path directory) {
        try (OutputStream ballast = Files.newOutputStream(directory.resolve(BALLAST))) {
            byte[] chunk = new byte[CHUNK];
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
