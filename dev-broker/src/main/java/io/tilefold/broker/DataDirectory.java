package io.tilefold.broker;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.Reader;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;

/**
 * What the broker keeps, held by one process at a time:
 *
 * <pre>
 * DIR/broker.lock         locked while a broker runs
 * DIR/server.properties   the settings of the last start
 * DIR/log/                Kafka's log directory; formatted if it holds meta.properties
 * </pre>
 */
final class DataDirectory implements AutoCloseable {
    private static final String LOCK = "broker.lock";
    private static final String SETTINGS = "server.properties";
    private static final String LOG = "log";
    private static final Set<String> OWN_NAMES = Set.of(LOCK, SETTINGS, LOG);

    private final Path path;
    private final FileChannel lock;

    private DataDirectory(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /** Takes the directory for this process, creating it when missing; refuses one that is in use or holds something else. */
    static DataDirectory take(Path data) throws IOException {
        Path path = data.toAbsolutePath().normalize();
        if (Files.exists(path) && !Files.isDirectory(path)) {
            throw BrokerException.failure("data directory " + path + " is a file; choose another with --data");
        }
        Files.createDirectories(path);
        refuseForeign(path);
        FileChannel channel = FileChannel.open(path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (tryLock(channel).isEmpty()) {
            channel.close();
            throw BrokerException.failure(
                    "data directory " + path + " is in use by another broker; stop that one first");
        }
        return new DataDirectory(path, channel);
    }

    /** Kafka's log directory. */
    String log() {
        return path.resolve(LOG).toString();
    }

    /** Writes the settings, and formats the log directory for them unless it is; else checks that it is this node's and cluster's. */
    void prepare(Properties settings, Optional<String> clusterId) throws IOException {
        Path file = path.resolve(SETTINGS);
        try (OutputStream out = Files.newOutputStream(file)) {
            settings.store(out, "Settings of the last start; written at every start.");
        }
        Path meta = path.resolve(LOG).resolve("meta.properties");
        if (Files.exists(meta)) {
            check(meta, clusterId);
        } else {
            format(file, clusterId.orElseGet(() -> Uuid.randomUuid().toString()));
        }
    }

    private static void refuseForeign(Path path) throws IOException {
        try (Stream<Path> entries = Files.list(path)) {
            List<String> foreign = entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> !OWN_NAMES.contains(name))
                    .sorted()
                    .toList();
            if (!foreign.isEmpty()) {
                throw BrokerException.failure("data directory " + path + " belongs to something else: it holds "
                        + foreign.get(0) + "; choose an empty one with --data");
            }
        }
    }

    private static Optional<FileLock> tryLock(FileChannel channel) throws IOException {
        try {
            return Optional.ofNullable(channel.tryLock());
        } catch (OverlappingFileLockException e) {
            return Optional.empty();
        }
    }

    private void check(Path meta, Optional<String> clusterId) throws IOException {
        Properties found = new Properties();
        try (Reader in = Files.newBufferedReader(meta)) {
            found.load(in);
        }
        String node = found.getProperty("node.id", "none");
        if (!node.equals(Integer.toString(ServerProperties.NODE_ID))) {
            throw BrokerException.failure("data directory " + path + " belongs to another cluster: it is of node "
                    + node + ", this broker is node " + ServerProperties.NODE_ID + "; choose another with --data");
        }
        String cluster = found.getProperty("cluster.id", "none");
        if (clusterId.isPresent() && !clusterId.get().equals(cluster)) {
            throw BrokerException.failure("data directory " + path + " belongs to another cluster: " + cluster
                    + ", not " + clusterId.get() + "; choose another with --data");
        }
    }

    private static void format(Path settings, String clusterId) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        String why;
        try (PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8)) {
            String[] arguments = {"format", "-t", clusterId, "-c", settings.toString()};
            if (StorageTool.execute(arguments, out) == 0) {
                return;
            }
            why = said.toString(StandardCharsets.UTF_8).strip();
        } catch (RuntimeException e) {
            why = String.valueOf(e.getMessage());
        }
        throw BrokerException.failure("cannot format the storage for " + settings + ": " + why);
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
