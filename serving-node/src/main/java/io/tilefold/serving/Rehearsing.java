package io.tilefold.serving;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.EpochClock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a node rehearse, once, when it first has all of its stores and something to serve. A store without a catalog is not waited for: the node is ready without a rehearsal then, and rehearses beside its work when the
 * catalog comes. What comes later finds all but its own plan compiled. Thread safe where nothing else is said.
 */
final class Rehearsing implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Rehearsing.class);

    /** What a rehearsal may take beyond its time, its server's start above all. A node is not kept from being ready for longer. */
    static final long EXTRA_MS = 2_000;

    private static final long CLOSE_TIMEOUT_MS = 5_000;

    private final ServingConfig config;
    private final StoreWatch store;
    private final EpochClock clock;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private @Nullable Thread thread;
    private volatile @Nullable Rehearsal rehearsal;
    private volatile boolean closed;

    /** @param onDone run once, by any thread, when the node need not wait any more */
    Rehearsing(ServingConfig config, StoreWatch store, EpochClock clock, Runnable onDone) {
        this.config = config;
        this.store = store;
        this.clock = clock;
        done.thenRun(onDone);
        if (config.rehearsalMs() == 0) {
            done.complete(null);
        }
    }

    /** What is served is this from now on. */
    synchronized void see(Snapshot seen) {
        if (config.rehearsalMs() == 0 || thread != null || closed) {
            return;
        }
        if (seen.stores().list().size() < config.storeDirs().size()) {
            return; // the node is not ready without the others
        }
        if (seen.targets().isEmpty()) {
            done.complete(null);
            return;
        }
        done.completeOnTimeout(null, config.rehearsalMs() + EXTRA_MS, TimeUnit.MILLISECONDS);
        thread = StoreWatch.daemon(this::run, "tilefold-rehearsal");
        thread.start();
    }

    private void run() {
        long startedNs = System.nanoTime();
        try (RehearsalServer server = new RehearsalServer(config, store, clock)) {
            Rehearsal playing = new Rehearsal(server);
            rehearsal = playing;
            List<byte[]> fetches = fetches();
            playing.play(
                    fetches,
                    System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(config.rehearsalMs()),
                    () -> closed || store.current() == null);
            done.complete(null);
            tell(playing, System.nanoTime() - startedNs);
        } catch (IOException | RuntimeException | Error failure) { // whatever it was, the node is to serve
            LOG.warn("the rehearsal failed: the first fetches will be slow", failure);
        } catch (InterruptedException closing) {
            LOG.debug("closed during the rehearsal");
        } finally {
            done.complete(null);
        }
    }

    /** Made-up fetches answered so far. */
    int answered() {
        Rehearsal playing = rehearsal;
        return playing == null ? 0 : playing.answered();
    }

    private List<byte[]> fetches() {
        Snapshot entered = store.enter();
        if (entered == null) {
            return List.of();
        }
        try {
            return RehearsalFetches.of(entered, config);
        } finally {
            entered.exit();
        }
    }

    private static void tell(Rehearsal rehearsal, long tookNs) {
        LOG.info(
                "{} made-up fetches in {} ms have the way of fetches compiled",
                rehearsal.answered(),
                TimeUnit.NANOSECONDS.toMillis(tookNs));
        if (rehearsal.firstFailure() != null) {
            LOG.warn(
                    "{} made-up fetches failed, the first with this; real ones of their target may be slow at first",
                    rehearsal.failed(),
                    rehearsal.firstFailure());
        }
    }

    /** Ends a rehearsal that is under way. */
    @Override
    public void close() {
        Thread running;
        synchronized (this) {
            closed = true;
            running = thread;
        }
        if (running == null) {
            return;
        }
        running.interrupt();
        try {
            running.join(CLOSE_TIMEOUT_MS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
