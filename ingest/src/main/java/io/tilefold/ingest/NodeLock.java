package io.tilefold.ingest;

import io.tilefold.ingest.config.IngestException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The right to be the one node of a data directory: a file lock, which the kernel takes back when the process ends however it ends. It stands in
 * for the liveness time-outs of Aeron's mark files, so that a node may start again at once after a SIGKILL.
 */
final class NodeLock implements AutoCloseable {
    private static final String FILE = "node.lock";

    private final FileChannel channel;

    private NodeLock(FileChannel channel) {
        this.channel = channel;
    }

    /** @throws IngestException naming the directory and the process that has it */
    static NodeLock take(Path dataDir) {
        Path file = dataDir.resolve(FILE);
        try {
            Files.createDirectories(dataDir);
            FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            if (tryLock(channel) == null) {
                String owner = Files.readString(file, StandardCharsets.US_ASCII).strip();
                channel.close();
                throw new IngestException("data directory " + dataDir + " belongs to a running ingest node (process "
                        + owner + "): stop it or set another dataDir");
            }
            channel.truncate(0);
            channel.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)));
            return new NodeLock(channel);
        } catch (IOException e) {
            throw new IngestException("data directory " + dataDir + " cannot be used: " + e, e);
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // this very process has it
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new IngestException("cannot release " + FILE + ": " + e, e);
        }
    }
}
