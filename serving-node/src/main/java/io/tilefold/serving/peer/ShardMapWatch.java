package io.tilefold.serving.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows a shard map file on a thread of its own: looks every so often whether it holds something else, whoever replaced it and however. What cannot be
 * used is logged once and counted, and the map before stays.
 */
public final class ShardMapWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ShardMapWatch.class);

    /** Bytes of the largest file that is read: some ten thousand nodes. */
    private static final int MAX_LENGTH = 1 << 20;

    private final Path file;
    private final Consumer<ShardMap> onChange;
    private final ScheduledExecutorService thread;
    private final AtomicLong rejected = new AtomicLong();
    private volatile ShardMap map;
    private byte[] lastContent;
    private String lastProblem = "";

    /**
     * Reads the file and begins to follow it.
     *
     * @param onChange told each map that replaces another, on the watch's thread
     * @throws IOException if it cannot be read
     * @throws IllegalArgumentException naming file, field and value, if it is no shard map
     */
    public ShardMapWatch(Path file, long intervalMs, Consumer<ShardMap> onChange) throws IOException {
        this.file = file;
        this.onChange = onChange;
        this.lastContent = read(file);
        this.map = ShardMapFile.parse(file, lastContent);
        LOG.info("shard map {}: {}", file, map);
        this.thread = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread created = new Thread(task, "tilefold-shard-map");
            created.setDaemon(true);
            return created;
        });
        var unused = thread.scheduleWithFixedDelay(this::look, intervalMs, intervalMs, TimeUnit.MILLISECONDS);
    }

    /** The map that holds now. Any thread. */
    public ShardMap map() {
        return map;
    }

    /** Contents that could not be used, since the start. Any thread. */
    public long rejected() {
        return rejected.get();
    }

    private static byte[] read(Path file) throws IOException {
        long length = Files.size(file);
        if (length > MAX_LENGTH) {
            throw new IOException("shard map " + file + " has " + length + " bytes; the most are " + MAX_LENGTH);
        }
        return Files.readAllBytes(file);
    }

    private void look() {
        try {
            byte[] content = read(file);
            if (!Arrays.equals(content, lastContent)) {
                lastContent = content;
                lastProblem = "";
                take(ShardMapFile.parse(file, content));
            }
        } catch (IOException | RuntimeException e) { // nothing about a file may end the watch
            String problem = String.valueOf(e.getMessage());
            if (!problem.equals(lastProblem)) {
                lastProblem = problem;
                rejected.incrementAndGet();
                LOG.error("the shard map stays as it is: {}", problem);
            }
        }
    }

    private void take(ShardMap changed) {
        if (changed.id() == map.id()) {
            return;
        }
        if (changed.shardCount() != map.shardCount()) {
            throw new IllegalArgumentException("shard map " + file + ": shardCount: " + changed.shardCount()
                    + " is not " + map.shardCount() + ", the deployment's: shards are set once");
        }
        map = changed;
        LOG.info("shard map {} has changed: {}", file, changed);
        onChange.accept(changed);
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
