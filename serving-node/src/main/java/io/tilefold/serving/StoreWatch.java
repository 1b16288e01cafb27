package io.tilefold.serving;

import io.tilefold.proto.serving.v1.LogPosition;
import io.tilefold.store.StoreView;
import io.tilefold.store.TileStoreReader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
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
 * Follows the stores of this host on a thread of its own: opens them, retrying those that are not there, and compiles what is asked of them whenever a catalog,
 * a version or a generation changes, so that event loops never do. What is served is what the catalog of the first store that is mapped says.
 * {@link #current} and {@link #enter} may be called by any thread.
 */
final class StoreWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StoreWatch.class);
    private static final long CLOSE_TIMEOUT_MS = 5_000;

    private final ServingConfig config;
    private final List<FollowedStore> stores;
    private final Consumer<Snapshot> onSeen;
    private final Consumer<Boolean> onServing;
    private final ScheduledExecutorService thread;
    /** Unmaps: to give a gigabyte back takes a tenth of a second, in which calls may wait for the watch. */
    private final ExecutorService closer =
            Executors.newSingleThreadExecutor(task -> daemon(task, "tilefold-store-closer"));

    private final CatalogCompiler compiler;
    private volatile @Nullable Snapshot current;
    private final List<TileStoreReader> lost = new ArrayList<>();
    private final Deque<Retired> retired = new ArrayDeque<>();
    private boolean serving;
    private boolean failureSaid;

    /** What is no longer given out and may still be read from, with the readers of stores that were lost then. */
    private record Retired(Snapshot snapshot, List<TileStoreReader> lost) {}

    /**
     * @param onOpened told a view of a store that is mapped anew, on the watch's thread
     * @param onSeen told on the watch's thread what {@link #current} is, each time that it is something new
     * @param onServing told on the watch's thread: true once all stores are mapped and each has caught up, false when one is lost
     */
    StoreWatch(
            ServingConfig config,
            SchemaMemory schemas,
            Consumer<StoreView> onOpened,
            Consumer<Snapshot> onSeen,
            Consumer<Boolean> onServing) {
        this.config = config;
        this.stores = config.storeDirs().stream()
                .map(directory -> new FollowedStore(directory, config.storeRetryMs(), onOpened))
                .toList();
        this.onSeen = onSeen;
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

    /** The stores as last seen, perhaps outdated; null while none is mapped. */
    @Nullable Snapshot current() {
        return current;
    }

    /** The stores as last seen, entered: the caller exits. Null while none is mapped. */
    @Nullable Snapshot enter() {
        Snapshot seen = current;
        while (seen != null && !seen.enter()) {
            seen = current; // set before the one it replaces is retired
        }
        return seen;
    }

    /**
     * True if everything up to these positions is visible; false while no store is mapped.
     *
     * @param wanted those of shard groups without a store here are ignored
     * @param among stores that matter; one that was lost is not waited for, its keys are marked
     */
    boolean hasReached(List<LogPosition> wanted, long among) {
        Snapshot seen = enter();
        if (seen == null) {
            return false;
        }
        try {
            return seen.stores().behind(wanted, among, seen.positions()) == 0;
        } finally {
            seen.exit();
        }
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
                long delayMs = current != null ? config.storePollMs() : config.storeRetryMs();
                thread.schedule(this::turn, delayMs, TimeUnit.MILLISECONDS);
            }
        }
    }

    /** Maps the stores, or what was published in them since. */
    private void refresh() {
        for (FollowedStore store : stores) {
            TileStoreReader gone = store.look(claimsBeside(store));
            if (gone != null) {
                lost.add(gone);
            }
        }
        try {
            see();
            failureSaid = false;
        } catch (RuntimeException | InternalError failure) {
            // What cannot be compiled must not stop the watch: what was seen stays, and the next turn tries again.
            if (!failureSaid) {
                failureSaid = true;
                LOG.error("the stores {} cannot be served as they are now; trying again", config.storeDirs(), failure);
            }
        }
        say();
    }

    private List<StoreClaim> claimsBeside(FollowedStore one) {
        return stores.stream()
                .filter(store -> store != one)
                .map(FollowedStore::mapped)
                .filter(mapped -> mapped != null)
                .map(HostStores.Mapped::claim)
                .toList();
    }

    /** Gives out what the stores are now, if that is something new. */
    private void see() {
        Snapshot seen = current;
        HostStores.@Nullable Mapped[] now =
                stores.stream().map(FollowedStore::mapped).toArray(HostStores.Mapped[]::new);
        boolean none = stores.stream().allMatch(store -> store.mapped() == null);
        if (none) {
            current = null;
        } else if (seen == null || compiler.hasNewer() || !seen.stores().isOf(now)) {
            HostStores host = new HostStores(now);
            Targets former = seen == null ? null : seen.targets();
            current =
                    new Snapshot(host, compiler.targets(host.view(host.first()).catalog(), former));
        } else {
            return;
        }
        retire(seen);
        Snapshot next = current;
        if (next != null) {
            onSeen.accept(next);
        }
    }

    private void retire(@Nullable Snapshot former) {
        if (former != null) {
            former.retire();
            retired.add(new Retired(former, List.copyOf(lost)));
        } else {
            lost.forEach(this::unmap); // nothing was given out of them
        }
        lost.clear();
    }

    private void say() {
        boolean now = current != null && stores.stream().allMatch(FollowedStore::isCaughtUp);
        if (now != serving) {
            serving = now;
            onServing.accept(now);
        }
    }

    /** Has unmapped what nobody reads any more, oldest first, by a thread of its own. Returns whether that is all. */
    private boolean closeRetired() {
        for (Retired oldest = retired.peek(); oldest != null; oldest = retired.peek()) {
            if (!oldest.snapshot.isUnused()) {
                return false;
            }
            retired.remove();
            oldest.snapshot.stores().list().stream()
                    .map(HostStores.Mapped::view)
                    .filter(view -> !isUsedElsewhere(view))
                    .forEach(this::unmap);
            oldest.lost.forEach(this::unmap);
        }
        return true;
    }

    private void unmap(AutoCloseable unused) {
        closer.execute(() -> {
            try {
                unused.close();
            } catch (Exception failure) {
                LOG.error("what is no longer read of the stores {} could not be unmapped", config.storeDirs(), failure);
            }
        });
    }

    /** True if a snapshot that is given out, or may be read from, reads the same view. */
    private boolean isUsedElsewhere(StoreView view) {
        Snapshot now = current;
        return now != null && now.stores().isOf(view)
                || retired.stream().anyMatch(other -> other.snapshot.stores().isOf(view));
    }

    @Override
    public void close() {
        compiler.close();
        thread.shutdownNow();
        try {
            if (!thread.awaitTermination(CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS)) {
                LOG.warn("the watch of the stores {} did not end within {} ms", config.storeDirs(), CLOSE_TIMEOUT_MS);
                return;
            }
            closeStores();
            long untilNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CLOSE_TIMEOUT_MS);
            while (!closeRetired() && System.nanoTime() < untilNs) {
                Thread.sleep(1);
            }
            closer.shutdown();
            if (!closer.awaitTermination(CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS)) {
                LOG.warn("the stores {} were not unmapped within {} ms", config.storeDirs(), CLOSE_TIMEOUT_MS);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void closeStores() {
        for (FollowedStore store : stores) {
            HostStores.Mapped mapped = store.mapped();
            if (mapped != null) {
                lost.add(mapped.reader());
            }
        }
        Snapshot last = current;
        current = null;
        retire(last);
    }
}
