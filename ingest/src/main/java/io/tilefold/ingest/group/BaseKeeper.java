package io.tilefold.ingest.group;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.key.ShardSet;
import io.tilefold.core.tile.SegmentException;
import io.tilefold.core.tile.SegmentSummary;
import io.tilefold.ingest.apply.ActiveDefinition;
import io.tilefold.ingest.apply.CommittedVersion;
import io.tilefold.ingest.apply.IngestState;
import io.tilefold.ingest.cluster.ServiceQueries;
import io.tilefold.store.StoreException;
import io.tilefold.store.TileStore;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.EpochClock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that this member has the segments of every version that is committed or about to be. A version that is about to be is fetched when the
 * member that received it asks ({@link #prepare}); one that is committed and not here is fetched from whichever peer has it, for as long as it
 * takes. All fetching and verifying happens on one thread of its own, one version after the other.
 *
 * <p>A member that lacks a committed version is not complete: readers are told that its base is missing, and it is not ready.
 */
public final class BaseKeeper implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BaseKeeper.class);
    private static final long CLOSE_TIMEOUT_MS = 2_000;

    private final TileStore store;
    private final IngestState state;
    private final ServiceQueries queries;
    private final Peers peers;
    private final SegmentFetcher fetcher;
    private final ShardSet shards;
    private final long ttlMs;
    private final long lookIntervalMs;
    private final EpochClock clock;
    private final Runnable onArrival;
    private final ScheduledExecutorService executor;

    /** Versions of which every segment is known to be here. Confined to the executor. */
    private final Set<VersionKey> present = new HashSet<>();

    /** Versions that were found missing and said to be. Confined to the executor. */
    private final Set<VersionKey> missing = new HashSet<>();

    /** Versions fetched before their commit, and when. Confined to the executor. */
    private final Map<VersionKey, Long> prepared = new HashMap<>();

    private volatile boolean complete = true;
    private volatile Runnable onComplete = () -> {};

    private record VersionKey(DefinitionId id, long version) {}

    /**
     * @param shards of which this group has segments
     * @param ttlMs a version that was prepared and is not committed for this long is dropped
     * @param lookIntervalMs how often committed versions are looked after
     * @param onArrival done on the applying thread when a version that was missing is here
     */
    public BaseKeeper(
            TileStore store,
            IngestState state,
            ServiceQueries queries,
            Peers peers,
            ShardSet shards,
            long ttlMs,
            long lookIntervalMs,
            EpochClock clock,
            Runnable onArrival) {
        this.store = store;
        this.state = state;
        this.queries = queries;
        this.peers = peers;
        this.fetcher = new SegmentFetcher(store, peers);
        this.shards = shards;
        this.ttlMs = ttlMs;
        this.lookIntervalMs = lookIntervalMs;
        this.clock = clock;
        this.onArrival = onArrival;
        this.executor = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "base-keeper");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Begins to look after committed versions; the log has been applied. */
    public void start() {
        tryLook();
        Object unused =
                executor.scheduleWithFixedDelay(this::tryLook, lookIntervalMs, lookIntervalMs, TimeUnit.MILLISECONDS);
    }

    /** True if every committed version is here. Any thread. */
    public boolean isComplete() {
        return complete;
    }

    /** Has this run, by whichever thread, each time {@link #isComplete} changes. */
    public void onComplete(Runnable changed) {
        onComplete = changed;
    }

    private void complete(boolean now) {
        if (complete != now) {
            complete = now;
            onComplete.run();
        }
    }

    /**
     * Makes a version that is about to be committed be here.
     *
     * @param source the peer that has it
     * @return what is here, by shard, verified; fails with what kept it from coming
     */
    public CompletableFuture<List<SegmentSummary>> prepare(DefinitionId id, long version, long batchEndMs, int source) {
        return CompletableFuture.supplyAsync(
                () -> {
                    List<SegmentSummary> summaries = new ArrayList<>();
                    for (int shard : shards.list()) {
                        SegmentSummary found = find(id, version, batchEndMs, shard);
                        summaries.add(found != null ? found : fetcher.fetch(id, version, batchEndMs, shard, source));
                    }
                    VersionKey key = new VersionKey(id, version);
                    present.add(key);
                    prepared.put(key, clock.time());
                    LOG.info("version {} of definition {} is prepared", version, id.abbreviated());
                    return summaries;
                },
                executor);
    }

    private @Nullable SegmentSummary find(DefinitionId id, long version, long batchEndMs, int shard) {
        try {
            return store.verifySegment(id, version, shard, batchEndMs);
        } catch (SegmentException | StoreException e) {
            return null;
        }
    }

    private void tryLook() {
        try {
            look();
        } catch (RuntimeException e) {
            LOG.warn("looking after base versions failed, going on: {}", e.getMessage(), e);
        }
    }

    private void look() {
        boolean all = true;
        Set<VersionKey> wanted = new HashSet<>();
        for (ActiveDefinition definition : state.catalog().definitions()) {
            CommittedVersion current = state.committed(definition.id());
            CommittedVersion former = state.former(definition.id());
            all &= current == null || has(definition, current, wanted);
            if (former != null) {
                boolean unused = has(definition, former, wanted); // for a rollback: what is served does not wait for it
            }
        }
        present.removeIf(key -> !wanted.contains(key) && !prepared.containsKey(key));
        missing.retainAll(wanted);
        dropAbandoned(wanted);
        complete(all || peers.ids().isEmpty());
    }

    private boolean has(ActiveDefinition definition, CommittedVersion version, Set<VersionKey> wanted) {
        VersionKey key = new VersionKey(definition.id(), version.version());
        wanted.add(key);
        if (present.contains(key)) {
            return true;
        }
        boolean fetched = false;
        for (int shard : shards.list()) {
            if (!Files.exists(store.newSegment(key.id, key.version, shard).path())) {
                if (!fetch(definition, version, shard)) {
                    return false;
                }
                fetched = true;
            }
        }
        present.add(key);
        if (fetched) {
            LOG.info("version {} of GroupBy {} is here now, from a peer", key.version, definition.name());
            Object unused = queries.run(onArrival);
        }
        return true;
    }

    private boolean fetch(ActiveDefinition definition, CommittedVersion version, int shard) {
        if (missing.add(new VersionKey(definition.id(), version.version()))) {
            LOG.warn(
                    "version {} of GroupBy {} is committed, and the segment of shard {} is not here: {}",
                    version.version(),
                    definition.name(),
                    shard,
                    peers.ids().isEmpty() ? "upload it again" : "fetching it from a peer");
        }
        complete(peers.ids().isEmpty());
        for (int peer : peers.ids()) {
            try {
                SegmentSummary unused =
                        fetcher.fetch(definition.id(), version.version(), version.batchEndMs(), shard, peer);
                return true;
            } catch (RuntimeException e) {
                LOG.debug("member {} does not give shard {} of version {}", peer, shard, version.version(), e);
            }
        }
        return false;
    }

    /** A prepared version whose commit never came. */
    private void dropAbandoned(Set<VersionKey> wanted) {
        long nowMs = clock.time();
        for (VersionKey key : List.copyOf(prepared.keySet())) {
            boolean abandoned = nowMs - prepared.getOrDefault(key, nowMs) > ttlMs;
            if (abandoned && !wanted.contains(key)) {
                LOG.warn("version {} was prepared {} ms ago and never committed: dropped", key.version, ttlMs);
                Object unused = queries.run(() -> store.dropVersion(key.id, key.version));
            }
            if (abandoned || wanted.contains(key)) {
                prepared.remove(key);
            }
        }
    }

    @Override
    public void close() {
        executor.shutdownNow();
        try {
            if (!executor.awaitTermination(CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS)) {
                LOG.warn("a segment is still being verified");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
