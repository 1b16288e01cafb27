package io.tilefold.ingest.apply;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.ingest.log.PartitionId;
import io.tilefold.ingest.log.codec.BarrierDecoder;
import io.tilefold.ingest.log.codec.CommitVersionDecoder;
import io.tilefold.ingest.log.codec.DefinitionsDecoder;
import io.tilefold.ingest.log.codec.EventRangeDecoder;
import io.tilefold.ingest.log.codec.MessageHeaderDecoder;
import io.tilefold.ingest.log.codec.PartitionStartDecoder;
import io.tilefold.ingest.log.codec.RollbackVersionDecoder;
import io.tilefold.ingest.log.codec.TakeSnapshotDecoder;
import io.tilefold.store.GroupByStore;
import io.tilefold.store.GroupByView;
import io.tilefold.store.SnapshotSink;
import io.tilefold.store.SnapshotSource;
import io.tilefold.store.TileStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import org.agrona.DirectBuffer;
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
    private final ActiveStores active;
    private final CatalogEntries catalogEntries;
    private final RangeEntries rangeEntries;
    private final VersionEntries versionEntries;

    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final EventRangeDecoder eventRange = new EventRangeDecoder();
    private final PartitionStartDecoder partitionStart = new PartitionStartDecoder();
    private final DefinitionsDecoder definitions = new DefinitionsDecoder();
    private final CommitVersionDecoder commitVersion = new CommitVersionDecoder();
    private final RollbackVersionDecoder rollbackVersion = new RollbackVersionDecoder();
    private final TakeSnapshotDecoder takeSnapshot = new TakeSnapshotDecoder();
    private final BarrierDecoder barrier = new BarrierDecoder();

    public IngestState(TileStore store, CommandResults results) {
        this.store = store;
        this.results = results;
        this.active = new ActiveStores(store, partitions, versions);
        this.catalogEntries = new CatalogEntries(active, partitions);
        this.rangeEntries = new RangeEntries(active, partitions);
        this.versionEntries = new VersionEntries(store, active, partitions, versions, rangeEntries);
    }

    public ActiveCatalog catalog() {
        return active.catalog();
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
            case EventRangeDecoder.TEMPLATE_ID ->
                rangeEntries.apply(eventRange.wrap(buffer, body, blockLength, version));
            case PartitionStartDecoder.TEMPLATE_ID ->
                applyStart(partitionStart.wrap(buffer, body, blockLength, version));
            case DefinitionsDecoder.TEMPLATE_ID -> {
                definitions.wrap(buffer, body, blockLength, version);
                UUID command = new UUID(definitions.commandHigh(), definitions.commandLow());
                byte[] bytes = new byte[definitions.catalogLength()];
                definitions.getCatalog(bytes, 0, bytes.length);
                results.onResult(command, catalogEntries.apply(bytes, position));
            }
            case CommitVersionDecoder.TEMPLATE_ID -> {
                commitVersion.wrap(buffer, body, blockLength, version);
                UUID command = new UUID(commitVersion.commandHigh(), commitVersion.commandLow());
                results.onResult(command, versionEntries.apply(commitVersion, position));
            }
            case RollbackVersionDecoder.TEMPLATE_ID -> {
                rollbackVersion.wrap(buffer, body, blockLength, version);
                UUID command = new UUID(rollbackVersion.commandHigh(), rollbackVersion.commandLow());
                results.onResult(command, versionEntries.apply(rollbackVersion, position));
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
        return rangeEntries.takeAppliedRecordMs();
    }

    /** Status of every active GroupBy. Belongs to the applying thread. */
    public List<GroupByStatus> groupByStatus() {
        return catalog().definitions().stream().map(this::status).toList();
    }

    private GroupByStatus status(ActiveDefinition definition) {
        GroupByStore groupBy = active.store(definition.place());
        DefinitionCounters counts = active.counters(definition.place());
        return new GroupByStatus(
                definition.name(),
                definition.id(),
                groupBy.version(),
                groupBy.batchEndMs(),
                groupBy.newestEventMs(),
                groupBy.consumerLag() == GroupByView.UNKNOWN_LAG
                        ? OptionalLong.empty()
                        : OptionalLong.of(groupBy.consumerLag()),
                groupBy.eventsApplied(),
                groupBy.eventsLate(),
                counts.nullTime,
                counts.nullKey,
                groupBy.eventsRefused(),
                groupBy.eventsOverLimit(),
                !partitions.withLane(definition.id()).isEmpty());
    }

    /** Tells readers of the store how far behind its topic each GroupBy is. No part of the state. Belongs to the applying thread. */
    public void showLag(TopicEnds ends) {
        for (ActiveDefinition definition : catalog().definitions()) {
            definition
                    .topic()
                    .ifPresent(topic -> active.store(definition.place())
                            .consumerLag(lag(partitions.ofTopic(topic), definition.id(), ends)));
        }
    }

    /** Of a definition that has not caught up, its own positions count; while it waits for its first commit it has none. */
    private static long lag(List<PartitionProgress> ofTopic, DefinitionId id, TopicEnds ends) {
        long lag = 0;
        for (PartitionProgress progress : ofTopic) {
            Lane lane = progress.lane(id);
            long end = ends.end(progress.topic(), progress.id().partition());
            if (end == TopicEnds.UNKNOWN || lane != null && lane.isWaiting()) {
                return GroupByView.UNKNOWN_LAG;
            }
            lag += Math.max(0, end - (lane == null ? progress.nextOffset() : lane.nextOffset()));
        }
        return ofTopic.isEmpty() ? GroupByView.UNKNOWN_LAG : lag;
    }

    private void applyStart(PartitionStartDecoder start) {
        PartitionId id = new PartitionId(new UUID(start.topicIdHigh(), start.topicIdLow()), start.partition());
        long offset = start.startOffset();
        byte[] name = new byte[start.topicLength()];
        start.getTopic(name, 0, name.length);
        partitions.start(id, new String(name, StandardCharsets.UTF_8), offset);
        active.showCatchingUp();
    }

    /**
     * Writes all that this member knows at this position: the same bytes on every member. Changes nothing.
     *
     * @param position of the log, behind the last entry applied
     */
    public void snapshot(long position, SnapshotSink sink) throws IOException {
        ActiveCatalog catalog = active.catalog();
        List<IngestSnapshot.Definition> known = catalog.definitions().stream()
                .map(one -> new IngestSnapshot.Definition(
                        one.id(),
                        versions.current(one.id()),
                        versions.former(one.id()),
                        active.counters(one.place()).nullTime,
                        active.counters(one.place()).nullKey))
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
            return ActiveStores.groupBys(compiled[0]);
        });
        snapshot.partitions().forEach(partitions::restore);
        for (IngestSnapshot.Definition definition : snapshot.definitions()) {
            versions.restore(definition.id(), definition.current(), definition.former());
            active.restoreCounters(definition.id(), definition.nullTime(), definition.nullKey());
        }
        active.adopt(compiled[0]);
        active.showCatchingUp();
        return snapshot.position();
    }

    private IllegalStateException unknown(long position, int length) {
        return new IllegalStateException("entry before log position " + position + ", " + length + " bytes: schema "
                + header.schemaId() + ", message " + header.templateId() + ", version " + header.version()
                + " is unknown to this build: the log was written by a newer one, or by something else");
    }
}
