package io.tilefold.ingest.apply;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.value.FlatRow;
import io.tilefold.ingest.apply.CommandResult.Reason;
import io.tilefold.ingest.log.DefinitionIdBytes;
import io.tilefold.ingest.log.PartitionId;
import io.tilefold.ingest.log.codec.BarrierDecoder;
import io.tilefold.ingest.log.codec.CommitVersionDecoder;
import io.tilefold.ingest.log.codec.DefinitionsDecoder;
import io.tilefold.ingest.log.codec.EventRangeDecoder;
import io.tilefold.ingest.log.codec.EventRangeDecoder.EffectsDecoder;
import io.tilefold.ingest.log.codec.MessageHeaderDecoder;
import io.tilefold.ingest.log.codec.PartitionStartDecoder;
import io.tilefold.ingest.log.codec.RollbackVersionDecoder;
import io.tilefold.ingest.log.codec.TakeSnapshotDecoder;
import io.tilefold.store.ActiveGroupBy;
import io.tilefold.store.EventsAhead;
import io.tilefold.store.GroupByStore;
import io.tilefold.store.SnapshotSink;
import io.tilefold.store.SnapshotSource;
import io.tilefold.store.TileStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The replicated state machine: applies one entry of the log after the other to the tile store. What it does depends on the entries alone,
 * so every member that has applied the same prefix holds the same state.
 *
 * <p><b>Exactly once.</b> A partition has one position for everything its records feed. A range is applied if it begins at the position; what lies
 * before the position is trimmed, record by record; a range that begins beyond it is refused, as is one decided under another catalog
 * than the active one, and the reader goes back to the position.
 *
 * <p><b>Definitions that come later.</b> A definition that is new to a topic of which something has been applied waits until its first commit, which says
 * where in each partition the events from its batch end on begin. From there it has a lane of its own in the partition. When the lane meets the
 * partition's position it ends there, and from that offset on the partition's ranges hold the definition's effects too: an epoch tells ranges that were
 * decided before apart. So each record is applied to it once, and its answers are marked until all its lanes have ended.
 *
 * <p>{@link #apply} and the commands belong to one thread; {@link #catalog}, {@link #partitions} and {@link #committed} may be read by all.
 */
public final class IngestState {
    /** No range with a record has been applied. */
    public static final long NO_RECORD = -1;

    private final TileStore store;
    private final CommandResults results;
    private final Partitions partitions = new Partitions();
    private final Versions versions = new Versions();
    private final Map<DefinitionId, DefinitionCounters> counters = new HashMap<>();
    private volatile ActiveCatalog catalog = ActiveCatalog.NONE;

    /** Stores and counters of the active definitions, by place. */
    private GroupByStore[] stores = new GroupByStore[0];

    private DefinitionCounters[] countersByPlace = new DefinitionCounters[0];
    private int[] columnCounts = new int[0];

    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final EventRangeDecoder eventRange = new EventRangeDecoder();
    private final PartitionStartDecoder partitionStart = new PartitionStartDecoder();
    private final DefinitionsDecoder definitions = new DefinitionsDecoder();
    private final CommitVersionDecoder commitVersion = new CommitVersionDecoder();
    private final RollbackVersionDecoder rollbackVersion = new RollbackVersionDecoder();
    private final TakeSnapshotDecoder takeSnapshot = new TakeSnapshotDecoder();
    private final BarrierDecoder barrier = new BarrierDecoder();
    private final UnsafeBuffer key = new UnsafeBuffer(0, 0);
    private final UnsafeBuffer rowBytes = new UnsafeBuffer(0, 0);
    private final FlatRow row = new FlatRow();
    private final EffectsAhead ahead = new EffectsAhead();
    private @Nullable PartitionProgress lastPartition;
    private long appliedRecordMs = NO_RECORD;

    public IngestState(TileStore store, CommandResults results) {
        this.store = store;
        this.results = results;
    }

    public ActiveCatalog catalog() {
        return catalog;
    }

    public Partitions partitions() {
        return partitions;
    }

    /** The current version of a GroupBy, null before its first commit. */
    public @Nullable CommittedVersion committed(DefinitionId id) {
        return versions.current(id);
    }

    /** The version that a rollback goes back to; null if there is none. */
    public @Nullable CommittedVersion former(DefinitionId id) {
        return versions.former(id);
    }

    /** True for the versions the store keeps of a GroupBy: the current one and the one before. */
    public boolean isKept(DefinitionId id, long version) {
        return versions.isKept(id, version);
    }

    /** The commit of this version, if it is some GroupBy's current one. */
    public @Nullable CommittedVersion committed(long version) {
        return versions.find(version);
    }

    /**
     * Applies an entry.
     *
     * @param position of the log behind the entry
     * @throws IllegalStateException if this build does not know the entry: it must not go on
     */
    public void apply(DirectBuffer buffer, int offset, int length, long position) {
        header.wrap(buffer, offset);
        int body = offset + MessageHeaderDecoder.ENCODED_LENGTH;
        int blockLength = header.blockLength();
        int version = header.version();
        if (length < MessageHeaderDecoder.ENCODED_LENGTH || header.schemaId() != MessageHeaderDecoder.SCHEMA_ID) {
            throw unknown(position, length);
        }
        switch (header.templateId()) {
            case EventRangeDecoder.TEMPLATE_ID -> applyRange(eventRange.wrap(buffer, body, blockLength, version));
            case PartitionStartDecoder.TEMPLATE_ID ->
                applyStart(partitionStart.wrap(buffer, body, blockLength, version));
            case DefinitionsDecoder.TEMPLATE_ID -> {
                definitions.wrap(buffer, body, blockLength, version);
                UUID command = new UUID(definitions.commandHigh(), definitions.commandLow());
                byte[] bytes = new byte[definitions.catalogLength()];
                definitions.getCatalog(bytes, 0, bytes.length);
                results.onResult(command, applyDefinitions(bytes, position));
            }
            case CommitVersionDecoder.TEMPLATE_ID -> {
                commitVersion.wrap(buffer, body, blockLength, version);
                UUID command = new UUID(commitVersion.commandHigh(), commitVersion.commandLow());
                results.onResult(command, applyCommit(commitVersion, position));
            }
            case RollbackVersionDecoder.TEMPLATE_ID -> {
                rollbackVersion.wrap(buffer, body, blockLength, version);
                UUID command = new UUID(rollbackVersion.commandHigh(), rollbackVersion.commandLow());
                results.onResult(command, applyRollback(rollbackVersion, position));
            }
            case TakeSnapshotDecoder.TEMPLATE_ID -> {
                takeSnapshot.wrap(buffer, body, blockLength, version);
                results.onSnapshotAsked(new UUID(takeSnapshot.commandHigh(), takeSnapshot.commandLow()));
            }
            case BarrierDecoder.TEMPLATE_ID -> {
                barrier.wrap(buffer, body, blockLength, version);
                UUID command = new UUID(barrier.commandHigh(), barrier.commandLow());
                results.onResult(command, CommandResult.done(position));
            }
            default -> throw unknown(position, length);
        }
    }

    /**
     * Kafka's timestamp of the first record of the range applied last, epoch milliseconds, or {@link #NO_RECORD}; once. No part of the state. Belongs to the
     * applying thread.
     */
    public long takeAppliedRecordMs() {
        long taken = appliedRecordMs;
        appliedRecordMs = NO_RECORD;
        return taken;
    }

    /** Status of every active GroupBy. Belongs to the applying thread. */
    public List<GroupByStatus> groupByStatus() {
        return catalog.definitions().stream().map(this::status).toList();
    }

    private GroupByStatus status(ActiveDefinition definition) {
        GroupByStore groupBy = stores[definition.place()];
        DefinitionCounters counts = countersByPlace[definition.place()];
        return new GroupByStatus(
                definition.name(),
                definition.id(),
                groupBy.version(),
                groupBy.batchEndMs(),
                groupBy.newestEventMs(),
                groupBy.eventsApplied(),
                groupBy.eventsLate(),
                counts.nullTime,
                counts.nullKey,
                groupBy.eventsRefused(),
                groupBy.eventsOverLimit(),
                !partitions.withLane(definition.id()).isEmpty());
    }

    private void applyRange(EventRangeDecoder range) {
        PartitionProgress progress = progress(range.topicIdHigh(), range.topicIdLow(), range.partition());
        if (progress == null) {
            return; // Without its start it has no position; the reader sees that nothing moves and begins with the
            // start.
        }
        if (range.laneDefinition() != EventRangeDecoder.laneDefinitionNullValue()) {
            applyLaneRange(range, progress);
            return;
        }
        long epoch = range.epoch() == EventRangeDecoder.epochNullValue() ? 0 : range.epoch();
        long next = progress.nextOffset();
        if (range.catalogNumber() != catalog.number() || epoch != progress.epoch() || range.fromOffset() > next) {
            progress.refuse(range.attempt());
            return;
        }
        if (range.toOffset() > next) {
            long recordMs = range.firstRecordMs();
            applyEffects(range, next, range.toOffset(), progress);
            progress.advanceTo(range.toOffset());
            appliedRecordMs = recordMs == EventRangeDecoder.firstRecordMsNullValue() ? NO_RECORD : recordMs;
        }
    }

    /** A range of what one definition has missed: what lies from the partition's position on comes with the partition's own ranges. */
    private void applyLaneRange(EventRangeDecoder range, PartitionProgress progress) {
        if (range.catalogNumber() != catalog.number()) {
            return; // the reader of the lane begins anew with each catalog
        }
        DefinitionId id = catalog.definitions().get(range.laneDefinition()).id();
        Lane lane = progress.lane(id);
        if (lane == null || lane.isWaiting()) {
            return;
        }
        long next = lane.nextOffset();
        long toOffset = range.toOffset();
        if (range.fromOffset() > next) {
            lane.refuse(range.attempt());
        } else if (toOffset > next) {
            applyEffects(range, next, Math.min(toOffset, progress.nextOffset()), progress);
            lane.advanceTo(toOffset);
            endLaneIfMet(progress, lane);
        }
    }

    private void endLaneIfMet(PartitionProgress progress, Lane lane) {
        if (lane.nextOffset() >= progress.nextOffset()) {
            progress.remove(lane);
            showCatchingUp(lane.definition());
        }
    }

    private void showCatchingUp(DefinitionId id) {
        store.catchingUp(id, !partitions.withLane(id).isEmpty());
    }

    /** Applies the effects of the records from one offset to before another. */
    private void applyEffects(EventRangeDecoder range, long fromOffset, long toOffset, PartitionProgress progress) {
        long first = fromOffset - range.fromOffset();
        long end = toOffset - range.fromOffset();
        ahead.begin(range, header.blockLength());
        EffectsDecoder effects = range.effects();
        for (int i = 0; effects.hasNext(); i++) {
            if (i % EventsAhead.EVENTS_MAX == 0) {
                ahead.look(stores);
            }
            effects.next();
            if (effects.offsetDelta() >= first && effects.offsetDelta() < end) {
                applyEffect(effects, progress);
            } else {
                effects.skipKey();
                effects.skipRow();
            }
        }
    }

    private void applyEffect(EffectsDecoder effect, PartitionProgress progress) {
        int place = effect.definition();
        long timeMs = effect.timeMs();
        switch (effect.kind()) {
            case EVENT -> {
                effect.wrapKey(key);
                effect.wrapRow(rowBytes);
                row.wrap(rowBytes, 0, rowBytes.capacity(), columnCounts[place]);
                stores[place].apply(key, 0, key.capacity(), row, timeMs);
                return;
            }
            case NULL_TIME -> countersByPlace[place].nullTime++;
            case NULL_KEY -> countersByPlace[place].nullKey++;
            case DEAD_LETTERED -> progress.countDeadLettered();
            default ->
                throw new IllegalStateException("an effect of unknown kind in the range at "
                        + progress.topic() + "/" + progress.id().partition() + " from " + progress.nextOffset()
                        + ": the log was written by a newer build");
        }
        effect.skipKey();
        effect.skipRow();
    }

    private @Nullable PartitionProgress progress(long topicIdHigh, long topicIdLow, int partition) {
        PartitionProgress last = lastPartition;
        if (last != null
                && last.id().partition() == partition
                && last.id().topicId().getMostSignificantBits() == topicIdHigh
                && last.id().topicId().getLeastSignificantBits() == topicIdLow) {
            return last;
        }
        PartitionProgress found = partitions.get(new PartitionId(new UUID(topicIdHigh, topicIdLow), partition));
        lastPartition = found;
        return found;
    }

    private void applyStart(PartitionStartDecoder start) {
        PartitionId id = new PartitionId(new UUID(start.topicIdHigh(), start.topicIdLow()), start.partition());
        long offset = start.startOffset();
        byte[] name = new byte[start.topicLength()];
        start.getTopic(name, 0, name.length);
        partitions.start(id, new String(name, StandardCharsets.UTF_8), offset);
        catalog.definitions().forEach(one -> showCatchingUp(one.id()));
    }

    private CommandResult applyDefinitions(byte[] bytes, long position) {
        if (catalog.hasBytes(bytes)) {
            return CommandResult.done(catalog.position());
        }
        ActiveCatalog next;
        try {
            next = ActiveCatalog.compile(catalog.number() + 1, position, bytes);
        } catch (RuntimeException e) {
            return CommandResult.refused(position, Reason.INVALID_CATALOG, String.valueOf(e.getMessage()));
        }
        List<String> changed = next.changedSince(catalog);
        List<ActiveDefinition> added = next.definitions().stream()
                .filter(one -> catalog.find(one.id()).isEmpty())
                .toList();
        activate(next);
        for (ActiveDefinition definition : added) {
            definition.topic().ifPresent(topic -> partitions.await(definition.id(), topic));
            showCatchingUp(definition.id());
        }
        return CommandResult.changed(position, changed);
    }

    private void activate(ActiveCatalog next) {
        store.activate(next.bytes(), activeGroupBys(next));
        adopt(next);
    }

    private static List<ActiveGroupBy> activeGroupBys(ActiveCatalog catalog) {
        return catalog.definitions().stream()
                .map(one -> new ActiveGroupBy(one.id(), one.name(), one.plan()))
                .toList();
    }

    /** The store has these definitions now. */
    private void adopt(ActiveCatalog next) {
        List<ActiveDefinition> active = next.definitions();
        stores = active.stream()
                .map(one -> Objects.requireNonNull(store.groupBy(one.id()), one.name()))
                .toArray(GroupByStore[]::new);
        countersByPlace = active.stream()
                .map(one -> counters.computeIfAbsent(one.id(), id -> new DefinitionCounters()))
                .toArray(DefinitionCounters[]::new);
        columnCounts = active.stream().mapToInt(one -> one.plan().row().size()).toArray();
        Set<DefinitionId> ids = active.stream().map(ActiveDefinition::id).collect(Collectors.toSet());
        versions.retain(ids); // the store keeps nothing of what is not active
        partitions.retainLanes(ids);
        counters.keySet().retainAll(ids);
        catalog = next;
    }

    private CommandResult applyCommit(CommitVersionDecoder commit, long position) {
        DefinitionId id = DefinitionIdBytes.get(commit::definitionId);
        long version = commit.dataVersion();
        long batchEndMs = commit.batchEndMs();
        CommittedVersion current = versions.current(id);
        if (current != null && current.version() == version) {
            return CommandResult.done(current.position());
        }
        if (catalog.find(id).isEmpty()) {
            return unknownDefinition(id, position);
        }
        if (current != null && (current.version() > version || current.batchEndMs() > batchEndMs)) {
            return CommandResult.refused(
                    position,
                    Reason.OLDER_THAN_COMMITTED,
                    "version " + version + " with batch end " + batchEndMs + " ms is older than the committed version "
                            + current.version() + " with batch end " + current.batchEndMs() + " ms");
        }
        List<PartitionProgress> awaiting = partitions.awaiting(id);
        Map<PartitionId, Long> starts = awaiting.isEmpty() ? Map.of() : laneStarts(commit);
        for (PartitionProgress progress : awaiting) {
            if (!starts.containsKey(progress.id())) {
                return CommandResult.refused(
                        position,
                        Reason.LANE_START_MISSING,
                        "version " + version + ": the commit does not say where in partition " + progress.topic() + "/"
                                + progress.id().partition() + " its definition begins to catch up: commit it again");
            }
        }
        store.commit(id, version, batchEndMs);
        for (PartitionProgress progress : awaiting) {
            openLane(progress, id, Objects.requireNonNull(starts.get(progress.id())));
        }
        versions.commit(id, new CommittedVersion(version, batchEndMs, position));
        return CommandResult.done(position);
    }

    private void openLane(PartitionProgress progress, DefinitionId id, long startOffset) {
        Lane lane = Objects.requireNonNull(progress.lane(id));
        lane.advanceTo(startOffset);
        endLaneIfMet(progress, lane);
    }

    private static Map<PartitionId, Long> laneStarts(CommitVersionDecoder commit) {
        CommitVersionDecoder.SegmentsDecoder segments = commit.segments();
        while (segments.hasNext()) {
            segments.next();
        }
        Map<PartitionId, Long> starts = new HashMap<>();
        for (CommitVersionDecoder.LanesDecoder lane : commit.lanes()) {
            starts.put(
                    new PartitionId(new UUID(lane.topicIdHigh(), lane.topicIdLow()), lane.partition()),
                    lane.startOffset());
        }
        return starts;
    }

    private CommandResult applyRollback(RollbackVersionDecoder rollback, long position) {
        DefinitionId id = DefinitionIdBytes.get(rollback::definitionId);
        if (catalog.find(id).isEmpty()) {
            return unknownDefinition(id, position);
        }
        CommittedVersion current = versions.current(id);
        if (current == null || current.version() != rollback.dataVersion()) {
            return CommandResult.refused(
                    position,
                    Reason.NOT_CURRENT,
                    "version " + rollback.dataVersion() + " is not the current one of " + id.abbreviated()
                            + (current == null ? ", which has none" : ": that is " + current.version()));
        }
        if (versions.former(id) == null) {
            return CommandResult.refused(
                    position,
                    Reason.NO_FORMER_VERSION,
                    "version " + current.version() + " of " + id.abbreviated()
                            + " has no former version to go back to: it is the first, or was gone back to already");
        }
        store.rollback(id);
        versions.rollback(id);
        return CommandResult.done(position);
    }

    private static CommandResult unknownDefinition(DefinitionId id, long position) {
        return CommandResult.refused(
                position, Reason.UNKNOWN_DEFINITION, "definition " + id.abbreviated() + " is not active");
    }

    /**
     * Writes all that this member knows at this position: the same bytes on every member. Changes nothing.
     *
     * @param position of the log, behind the last entry applied
     */
    public void snapshot(long position, SnapshotSink sink) throws IOException {
        List<IngestSnapshot.Definition> known = catalog.definitions().stream()
                .map(one -> new IngestSnapshot.Definition(
                        one.id(),
                        versions.current(one.id()),
                        versions.former(one.id()),
                        countersByPlace[one.place()].nullTime,
                        countersByPlace[one.place()].nullKey))
                .toList();
        new IngestSnapshot(position, catalog.number(), catalog.position(), partitions.snapshot(), known).writeTo(sink);
        store.snapshot(position, sink);
    }

    /**
     * Begins with a snapshot instead of nothing; the entries behind its position follow.
     *
     * @return its position
     * @throws io.tilefold.store.StoreException naming the source, if it is damaged or of another format; this state cannot go on then
     */
    public long restore(SnapshotSource source) {
        IngestSnapshot snapshot = IngestSnapshot.read(source);
        ActiveCatalog[] compiled = {ActiveCatalog.NONE};
        store.restore(source, bytes -> {
            if (snapshot.catalogNumber() > 0) {
                compiled[0] = ActiveCatalog.compile(snapshot.catalogNumber(), snapshot.catalogPosition(), bytes);
            }
            return activeGroupBys(compiled[0]);
        });
        snapshot.partitions().forEach(partitions::restore);
        for (IngestSnapshot.Definition definition : snapshot.definitions()) {
            versions.restore(definition.id(), definition.current(), definition.former());
            DefinitionCounters counts = counters.computeIfAbsent(definition.id(), id -> new DefinitionCounters());
            counts.nullTime = definition.nullTime();
            counts.nullKey = definition.nullKey();
        }
        adopt(compiled[0]);
        compiled[0].definitions().forEach(one -> showCatchingUp(one.id()));
        return snapshot.position();
    }

    private IllegalStateException unknown(long position, int length) {
        return new IllegalStateException("entry before log position " + position + ", " + length + " bytes: schema "
                + header.schemaId() + ", message " + header.templateId() + ", version " + header.version()
                + " is unknown to this build: the log was written by a newer one, or by something else");
    }
}
