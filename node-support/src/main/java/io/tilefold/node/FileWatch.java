package io.tilefold.node;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks every so often, on a thread of its own, whether files have changed. Thread safe. */
final class FileWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FileWatch.class);

    private final long intervalMs;
    private final ScheduledExecutorService thread;

    /** Takes changed files into use. */
    interface Update {
        void run() throws GeneralSecurityException, IOException;
    }

    FileWatch(String threadName, long intervalMs) {
        this.intervalMs = intervalMs;
        this.thread = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread created = new Thread(task, threadName);
            created.setDaemon(true);
            return created;
        });
    }

    /** Files that cannot be used, half written ones too, are tried again at the next look; until then the old ones hold. */
    void onChange(List<Path> files, Update update) {
        AtomicReference<List<Long>> loaded = new AtomicReference<>(times(files));
        thread.scheduleWithFixedDelay(
                () -> {
                    List<Long> now = times(files);
                    if (!now.equals(loaded.get())) {
                        try {
                            update.run();
                            loaded.set(now);
                            LOG.info("changed files are in use: {}", files);
                        } catch (GeneralSecurityException | IOException | RuntimeException unusable) {
                            LOG.warn("cannot use changed files {}, the old ones hold: {}", files, unusable.toString());
                        }
                    }
                },
                intervalMs,
                intervalMs,
                TimeUnit.MILLISECONDS);
    }

    private static List<Long> times(List<Path> files) {
        return files.stream().map(file -> file.toFile().lastModified()).toList();
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
