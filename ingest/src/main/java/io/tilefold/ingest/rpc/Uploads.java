package io.tilefold.ingest.rpc;

import com.google.rpc.Code;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.key.ShardSet;
import io.tilefold.core.time.Hop;
import io.tilefold.ingest.apply.ActiveCatalog;
import io.tilefold.ingest.apply.ActiveDefinition;
import io.tilefold.ingest.apply.CommittedVersion;
import io.tilefold.ingest.apply.IngestState;
import io.tilefold.ingest.cluster.ServiceQueries;
import io.tilefold.ingest.group.Peers;
import io.tilefold.store.TileStore;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.concurrent.EpochClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The uploads under way on this node, which receives them for its group. They live in memory: a restart forgets them, and what they left on disk is removed. At most
 * {@link #MAX_UPLOADS}; one without a call for its time to live is dropped. Shared by threads.
 */
public final class Uploads {
    /** Bound of the uploads under way. */
    public static final int MAX_UPLOADS = 256;

    private static final Logger LOG = LoggerFactory.getLogger(Uploads.class);

    private static final long DROP_TIMEOUT_MS = 10_000;

    private final TileStore store;
    private final ServiceQueries queries;
    private final IngestState state;
    private final Peers peers;
    private final ShardSet shards;
    private final long ttlMs;
    private final EpochClock clock;
    private final Map<Long, Upload> uploads = new ConcurrentHashMap<>();
    private final AtomicLong lastVersion = new AtomicLong();

    public Uploads(
            TileStore store,
            ServiceQueries queries,
            IngestState state,
            Peers peers,
            ShardSet shards,
            long ttlMs,
            EpochClock clock) {
        this.store = store;
        this.queries = queries;
        this.state = state;
        this.peers = peers;
        this.shards = shards;
        this.ttlMs = ttlMs;
        this.clock = clock;
    }

    Peers peers() {
        return peers;
    }

    /** Those that this group owns. */
    ShardSet shards() {
        return shards;
    }

    /**
     * Begins an upload under a version that grows with time: the clock's milliseconds, or more than the last. No two members give the same one: a
     * version's remainder by the number of members says who gave it.
     *
     * @param given the version that another shard group gave; empty: this one gives it
     */
    Upload begin(String definitionId, long batchEndMs, OptionalLong given) {
        ActiveDefinition definition = definition(definitionId);
        if (batchEndMs != Hop.DAY.floor(batchEndMs)) {
            throw RpcErrors.error(
                    Code.INVALID_ARGUMENT,
                    "BATCH_END_OFF_GRID",
                    "GroupBy " + definition.name() + ": batch end " + batchEndMs + " ms is no midnight UTC; "
                            + Hop.DAY.floor(batchEndMs) + " is",
                    Map.of("batch_end_ms", Long.toString(batchEndMs)));
        }
        CommittedVersion current = state.committed(definition.id());
        if (current != null && current.batchEndMs() > batchEndMs) {
            throw RpcErrors.error(
                    Code.FAILED_PRECONDITION,
                    "OLDER_THAN_COMMITTED",
                    "GroupBy " + definition.name() + ": batch end " + batchEndMs + " ms is before "
                            + current.batchEndMs() + " ms, that of the committed version " + current.version(),
                    Map.of("committed_version", Long.toString(current.version())));
        }
        if (uploads.size() >= MAX_UPLOADS) {
            throw RpcErrors.error(
                    Code.RESOURCE_EXHAUSTED,
                    "TOO_MANY_UPLOADS",
                    MAX_UPLOADS + " uploads are under way: commit or abort one");
        }
        long least = current == null ? 0 : current.version() + 1;
        long version = given.isPresent()
                ? checkFree(definition, given.getAsLong(), least)
                : lastVersion.updateAndGet(last -> ownNumber(Math.max(Math.max(last + 1, least), clock.time())));
        Upload upload = new Upload(
                version,
                definition.id(),
                batchEndMs,
                shards,
                shard -> store.newSegment(definition.id(), version, shard),
                clock.time());
        if (uploads.putIfAbsent(version, upload) != null) {
            throw taken(definition, version, version + 1);
        }
        LOG.info("upload {} of GroupBy {} begins, batch end {} ms", version, definition.name(), batchEndMs);
        return upload;
    }

    private long checkFree(ActiveDefinition definition, long version, long least) {
        if (version < least || store.versionsOnDisk(definition.id()).contains(version)) {
            throw taken(definition, version, Math.max(least, version + 1));
        }
        return version;
    }

    private static RuntimeException taken(ActiveDefinition definition, long version, long least) {
        return RpcErrors.error(
                Code.FAILED_PRECONDITION,
                "VERSION_TAKEN",
                "GroupBy " + definition.name() + ": version " + version + " is in use here, or not newer than the "
                        + "committed one: begin again with " + least + " or more",
                Map.of("least_version", Long.toString(least)));
    }

    /** The first number from here on that is this member's to give. */
    private long ownNumber(long from) {
        int members = peers.ids().size() + 1;
        return from + Math.floorMod(peers.memberId() - from, members);
    }

    private ActiveDefinition definition(String id) {
        ActiveCatalog catalog = state.catalog();
        return catalog.definitions().stream()
                .filter(one -> one.id().hex().equals(id))
                .findFirst()
                .orElseThrow(() -> RpcErrors.error(
                        Code.NOT_FOUND,
                        "UNKNOWN_DEFINITION",
                        "definition " + id + " is not active; active are "
                                + catalog.definitions().stream()
                                        .map(one -> one.name() + " (" + one.id().abbreviated() + ")")
                                        .toList()
                                + ": apply the catalog that has it",
                        Map.of("definition_id", id)));
    }

    /** The upload with this version, which counts as used now. */
    Upload get(long version) {
        Upload upload = uploads.get(version);
        if (upload == null) {
            throw RpcErrors.error(
                    Code.NOT_FOUND,
                    "UNKNOWN_UPLOAD",
                    "no upload " + version + " is under way: it is committed, aborted, older than " + ttlMs
                            + " ms, or the node has been restarted; begin another",
                    Map.of("version", Long.toString(version)));
        }
        upload.touch(clock.time());
        return upload;
    }

    /** True while an upload has this version. */
    boolean isUnderWay(long version) {
        return uploads.containsKey(version);
    }

    /** The upload is a version of the store now. */
    void committed(Upload upload) {
        uploads.remove(upload.version());
        upload.segments().values().forEach(SegmentUpload::drop);
    }

    /** Removes an upload and its files. */
    void abort(Upload upload) {
        if (upload.isClaimed()) {
            throw RpcErrors.error(
                    Code.FAILED_PRECONDITION,
                    "UPLOAD_COMMITTING",
                    "upload " + upload.version() + " is being committed");
        }
        if (uploads.remove(upload.version(), upload)) {
            upload.segments().values().forEach(SegmentUpload::drop);
            drop(upload.definition(), upload.version());
        }
    }

    /** Waits until the store's writer has removed the files: when an abort has been answered nothing is left. */
    private void drop(DefinitionId id, long version) {
        CompletableFuture<Boolean> dropped = queries.run(() -> store.dropVersion(id, version));
        if (dropped == null) {
            throw RpcErrors.error(Code.UNAVAILABLE, "BUSY", "the node takes no more requests now: try again later");
        }
        dropped.orTimeout(DROP_TIMEOUT_MS, TimeUnit.MILLISECONDS).join();
    }

    /** Drops uploads that nobody has used for their time to live. */
    public void sweep() {
        long nowMs = clock.time();
        for (Upload upload : uploads.values()) {
            if (nowMs - upload.lastUsedMs() > ttlMs && !upload.isClaimed()) {
                LOG.warn("upload {} has not been used for {} ms: dropped", upload.version(), ttlMs);
                tryAbort(upload);
            }
        }
    }

    private void tryAbort(Upload upload) {
        try {
            abort(upload);
        } catch (RuntimeException e) {
            LOG.warn("upload {} cannot be dropped now; a restart removes it", upload.version(), e);
        }
    }

    /** After a start: removes what uploads left that were under way when the node ended, and versions that it had no time left to remove. */
    public void removeLeftovers() {
        for (ActiveDefinition definition : state.catalog().definitions()) {
            DefinitionId id = definition.id();
            for (long version : store.versionsOnDisk(id)) {
                if (!state.isKept(id, version)) {
                    LOG.info(
                            "version {} of GroupBy {} is neither served nor kept for a rollback: removed",
                            version,
                            definition.name());
                    drop(id, version);
                }
            }
        }
    }
}
