package io.tilefold.serving;

import io.tilefold.store.StoreException;
import io.tilefold.store.StoreUnavailableException;
import io.tilefold.store.StoreView;
import io.tilefold.store.TileStoreReader;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows one store on a thread of its own: opens it, retrying while it is not there, and compiles what is asked of it whenever the catalog,
 * a version or the generation changes, so that event loops never do. {@link #current} and {@link #isCurrent} may be called by any thread.
 */
final class StoreWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StoreWatch.class);
    private static final long REPEAT_LINE_MS = 10_000;
    private static final long CLOSE_TIMEOUT_MS = 5_000;

    private final Path directory;
    private final ServingConfig config;
    private final Consumer<StoreView> onOpened;
    private final Consumer<Open> onSeen;
    private final Consumer<Boolean> onServing;
    private final ScheduledExecutorService thread;
    /** Unmaps: to give a gigabyte back takes a tenth of a second, in which calls may wait for the watch. */
    private final ExecutorService closer =
            Executors.newSingleThreadExecutor(task -> daemon(task, "tilefold-store-closer"));

    private final CatalogCompiler compiler;
    private volatile @Nullable Open open;
    private final Deque<Retired> retired = new ArrayDeque<>();
    private long lastLineNs;
    private boolean waitingSaid;
    private boolean ready;

    /** A mapped store. */
    record Open(TileStoreReader reader, Snapshot snapshot) {}

    /** What is no longer given out and may still be read from; with its reader if the store was lost. */
    private record Retired(Open open, boolean withReader) {}

    /**
     * @param onOpened told a view of a store that is mapped anew, on the watch's thread
     * @param onSeen told on the watch's thread what {@link #current} is, each time that it is something new
     * @param onServing told on the watch's thread: true once a store is mapped that has caught up, false when it is lost
     */
    StoreWatch(
            ServingConfig config,
            SchemaMemory schemas,
            Consumer<StoreView> onOpened,
            Consumer<Open> onSeen,
            Consumer<Boolean> onServing) {
        this.onOpened = onOpened;
        this.onSeen = onSeen;
        this.directory = config.storeDirs().get(0);
        this.config = config;
        this.onServing = onServing;
        this.thread = Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "tilefold-store-watch"));
        this.compiler = new CatalogCompiler(schemas, () -> afterRefresh(() -> {}));
    }

    static Thread daemon(Runnable task, String name) {
        Thread created = new Thread(task, name);
        created.setDaemon(true);
        return created;
    }

    void start() {
        thread.execute(this::turn);
    }

    /** The store as last seen, perhaps outdated; null while none is mapped. */
    @Nullable Open current() {
        return open;
    }

    /** The store as last seen, entered: the caller exits its snapshot. Null while none is mapped. */
    @Nullable Open enter() {
        Open seen = open;
        while (seen != null && !seen.snapshot().enter()) {
            seen = open; // set before the one it replaces is retired
        }
        return seen;
    }

    /** Position in the log up to which everything is visible; the smallest number while no store is mapped. */
    long position() {
        Open seen = enter();
        if (seen == null) {
            return Long.MIN_VALUE;
        }
        try {
            return seen.reader().position();
        } finally {
            seen.snapshot().exit();
        }
    }

    /** True if nothing was published since the snapshot, which the caller has entered. */
    boolean isCurrent(Open seen) {
        return seen.reader().isCurrent(seen.snapshot().view());
    }

    /** Runs the task on the watch's thread once {@link #current} is what is published now. */
    void afterRefresh(Runnable task) {
        try {
            thread.execute(() -> {
                refresh();
                task.run();
            });
        } catch (RejectedExecutionException closed) {
            throw Errors.noStore();
        }
    }

    private void turn() {
        try {
            refresh();
            closeRetired();
        } finally {
            if (!thread.isShutdown()) {
                long delayMs = open != null ? config.storePollMs() : config.storeRetryMs();
                thread.schedule(this::turn, delayMs, TimeUnit.MILLISECONDS);
            }
        }
    }

    /** Maps the store, or what was published in it since. */
    private void refresh() {
        Open seen = open;
        TileStoreReader opened = null;
        try {
            TileStoreReader reader = seen != null ? seen.reader() : TileStoreReader.open(directory);
            opened = seen != null ? null : reader;
            StoreView view = reader.view();
            if (seen == null || seen.snapshot().view() != view || compiler.hasNewer()) {
                Open now = new Open(reader, new Snapshot(view, targets(seen, view)));
                open = now;
                if (seen != null) {
                    retire(seen, false);
                }
                onSeen.accept(now);
                waitingSaid = false;
                view.problems()
                        .forEach(problem ->
                                LOG.warn("keys of the store {} are answered BASE_MISSING: {}", directory, problem));
            }
            if (seen == null) {
                LOG.info(
                        "serving the store {}: shard group {}, shards {} of {}",
                        directory,
                        view.shardGroup(),
                        view.shards(),
                        view.shardCount());
                onOpened.accept(view);
            }
            if (!ready && reader.caughtUpAtMs() > 0) {
                ready = true;
                onServing.accept(true);
            }
        } catch (StoreUnavailableException waiting) {
            lost(seen);
            sayWaiting(String.valueOf(waiting.getMessage()));
        } catch (StoreException broken) {
            lost(seen);
            sayBroken(broken);
        } catch (RuntimeException | InternalError failure) {
            // A store that cannot be followed must not stop the watch: what was mapped stays, and the next turn tries
            // again.
            sayBroken(failure);
        } finally {
            if (opened != null && open == null) {
                opened.close();
            }
        }
    }

    private void lost(@Nullable Open seen) {
        if (seen != null) {
            open = null;
            retire(seen, true);
            LOG.warn("the store {} is lost; calls are answered UNAVAILABLE until it is back", directory);
            ready = false;
            onServing.accept(false);
        }
    }

    private void retire(Open former, boolean withReader) {
        former.snapshot().retire();
        retired.add(new Retired(former, withReader));
    }

    /** Has unmapped what nobody reads any more, oldest first, by a thread of its own. Returns whether that is all. */
    private boolean closeRetired() {
        for (Retired oldest = retired.peek(); oldest != null; oldest = retired.peek()) {
            if (!oldest.open.snapshot().isUnused()) {
                return false;
            }
            retired.remove();
            unmap(oldest, !isUsedElsewhere(oldest.open.snapshot().view()));
        }
        return true;
    }

    private void unmap(Retired unused, boolean withView) {
        closer.execute(() -> {
            try {
                if (withView) {
                    unused.open.snapshot().view().close();
                }
                if (unused.withReader) {
                    unused.open.reader().close();
                }
            } catch (RuntimeException failure) {
                LOG.error("a view of the store {} could not be unmapped", directory, failure);
            }
        });
    }

    /** True if a newer snapshot, with other targets, reads the same view. */
    private boolean isUsedElsewhere(StoreView view) {
        Open current = open;
        return current != null && current.snapshot().view() == view
                || retired.stream().anyMatch(other -> other.open.snapshot().view() == view);
    }

    private Targets targets(@Nullable Open seen, StoreView view) {
        return compiler.targets(
                view.catalog(), seen == null ? null : seen.snapshot().targets());
    }

    private void sayWaiting(String what) {
        if (lineIsDue()) {
            LOG.info("waiting for the store {}: {}", directory, what);
        }
    }

    private void sayBroken(Throwable failure) {
        if (lineIsDue()) {
            LOG.error("the store {} cannot be followed; trying again", directory, failure);
        }
    }

    private boolean lineIsDue() {
        long nowNs = System.nanoTime();
        if (waitingSaid && nowNs - lastLineNs < TimeUnit.MILLISECONDS.toNanos(REPEAT_LINE_MS)) {
            return false;
        }
        waitingSaid = true;
        lastLineNs = nowNs;
        return true;
    }

    @Override
    public void close() {
        compiler.close();
        thread.shutdownNow();
        try {
            if (!thread.awaitTermination(CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS)) {
                LOG.warn("the watch of the store {} did not end within {} ms", directory, CLOSE_TIMEOUT_MS);
                return;
            }
            Open last = open;
            if (last != null) {
                open = null;
                retire(last, true);
            }
            long untilNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CLOSE_TIMEOUT_MS);
            while (!closeRetired() && System.nanoTime() < untilNs) {
                Thread.sleep(1);
            }
            closer.shutdown();
            if (!closer.awaitTermination(CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS)) {
                LOG.warn("the store {} was not unmapped within {} ms", directory, CLOSE_TIMEOUT_MS);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
