package io.tilefold.serving;

import io.tilefold.store.StoreException;
import io.tilefold.store.StoreUnavailableException;
import io.tilefold.store.StoreView;
import io.tilefold.store.TileStoreReader;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One of the host's stores as the watch follows it: opened once it is there, looked at for what is published, lost and opened
 * again; one that is made anew in its place takes its place once it publishes. Used by the watch's thread alone.
 */
final class FollowedStore {
    private static final Logger LOG = LoggerFactory.getLogger(FollowedStore.class);
    private static final long REPEAT_LINE_MS = 10_000;

    private final Path directory;
    private final long retryNs;
    private final Consumer<StoreView> onOpened;
    private HostStores.@Nullable Mapped mapped;
    private boolean caughtUp;
    private boolean tried;
    private long triedAtNs;
    private long lastLineNs;
    private boolean waitingSaid;

    /**
     * @param retryMs how often it is tried to open it while it is not there, and looked at whether it is still the same
     * @param onOpened told a view of it when it is mapped anew
     */
    FollowedStore(Path directory, long retryMs, Consumer<StoreView> onOpened) {
        this.directory = directory;
        this.retryNs = TimeUnit.MILLISECONDS.toNanos(retryMs);
        this.onOpened = onOpened;
    }

    Path directory() {
        return directory;
    }

    /** The store as last looked at; null while it is not mapped. */
    HostStores.@Nullable Mapped mapped() {
        return mapped;
    }

    /** True if it is mapped and has stood at its topics' end at some time. */
    boolean isCaughtUp() {
        HostStores.Mapped store = mapped;
        caughtUp |= store != null && store.reader().caughtUpAtMs() > 0;
        return store != null && caughtUp;
    }

    /**
     * Maps it, or what was published in it since.
     *
     * @param beside stores of the host that are mapped, this one aside
     * @return the reader of a store that is lost now: to be closed when nobody reads from it any more
     */
    @Nullable TileStoreReader look(List<StoreClaim> beside) {
        HostStores.Mapped known = mapped;
        try {
            boolean due = isDue();
            if (known == null) {
                if (due) {
                    open(beside);
                }
            } else if (due && !known.reader().isInPlace()) {
                return openAnew(beside) ? known.reader() : null;
            } else if (!known.reader().isCurrent(known.view())) {
                see(new HostStores.Mapped(
                        directory, known.reader(), known.reader().view()));
            }
            return null;
        } catch (StoreUnavailableException waiting) {
            sayWaiting(String.valueOf(waiting.getMessage()));
        } catch (StoreException broken) {
            sayBroken(broken);
        } catch (RuntimeException | InternalError failure) { // whatever it is, the other stores are followed
            sayBroken(failure);
        }
        if (known == null) {
            return null;
        }
        LOG.warn("the store {} is lost; keys of its shards are not read here until it is back", directory);
        mapped = null;
        caughtUp = false;
        return known.reader();
    }

    /** True every so often: what asks the file system is done then. */
    private boolean isDue() {
        long nowNs = System.nanoTime();
        if (tried && nowNs - triedAtNs < retryNs) {
            return false;
        }
        tried = true;
        triedAtNs = nowNs;
        return true;
    }

    /** Opens what is in the place of the store now; false if nothing is published there yet: the one before answers until then. */
    private boolean openAnew(List<StoreClaim> beside) {
        HostStores.Mapped before = mapped;
        boolean ready = caughtUp;
        mapped = null;
        caughtUp = false;
        try {
            open(beside);
            LOG.info("the store {} was made anew", directory);
            return true;
        } catch (StoreException notYet) {
            mapped = before;
            caughtUp = ready;
            sayWaiting("it was removed, and answers as it was then; " + notYet.getMessage());
            return false;
        }
    }

    private void open(List<StoreClaim> beside) {
        TileStoreReader reader = TileStoreReader.open(directory);
        try {
            HostStores.Mapped opened = new HostStores.Mapped(directory, reader, reader.view());
            if (isAlone(opened.claim(), beside)) {
                see(opened);
                StoreView view = opened.view();
                LOG.info(
                        "serving the store {}: shard group {}, shards {} of {}",
                        directory,
                        view.shardGroup(),
                        view.shards(),
                        view.shardCount());
                onOpened.accept(view);
            }
        } finally {
            if (mapped == null) {
                reader.close();
            }
        }
    }

    private boolean isAlone(StoreClaim claim, List<StoreClaim> beside) {
        for (StoreClaim other : beside) {
            String conflict = claim.conflictWith(other);
            if (conflict != null) {
                if (lineIsDue()) {
                    LOG.error("the store {} is not served: {}", directory, conflict);
                }
                return false;
            }
        }
        return true;
    }

    private void see(HostStores.Mapped now) {
        mapped = now;
        waitingSaid = false;
        now.view()
                .problems()
                .forEach(problem -> LOG.warn("keys of the store {} are answered BASE_MISSING: {}", directory, problem));
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
}
