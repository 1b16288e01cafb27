package io.tilefold.ingest.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.tile.SegmentSummary;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.ingest.Flights;
import io.tilefold.ingest.StoreValues;
import io.tilefold.ingest.apply.CommandResult.Reason;
import io.tilefold.ingest.apply.CommandResult.Refusal;
import io.tilefold.ingest.log.EventRangeWriter;
import io.tilefold.ingest.log.LogEntries;
import io.tilefold.ingest.log.PartitionId;
import io.tilefold.ingest.log.RecordEffects;
import io.tilefold.ingest.log.codec.EffectKind;
import io.tilefold.store.StoreException;
import io.tilefold.store.TileStore;
import io.tilefold.testsupport.Seeds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The state machine on its own, fed with entries, over a real store. */
class IngestStateTest {
    private static final String TOPIC = "flights";
    private static final PartitionId PARTITION = new PartitionId(new UUID(1, 2), 3);
    private static final long TIME_MS = Flights.FEBRUARY_MS;

    @TempDir
    private Path directory;

    private final CompiledGroupBy airport = Flights.airport(TOPIC);
    private final Map<UUID, CommandResult> results = new HashMap<>();
    private final List<UUID> snapshotsAsked = new ArrayList<>();
    private final EventRangeWriter writer = new EventRangeWriter();
    private final RecordEffects effects = new RecordEffects();
    private TileStore store;
    private IngestState state;
    private long position;
    private long epoch;

    @BeforeEach
    void open() {
        store = TileStore.open(directory, 0, 2);
        state = new IngestState(store, new Results());
    }

    private final class Results implements CommandResults {
        @Override
        public void onResult(UUID command, CommandResult result) {
            results.put(command, result);
        }

        @Override
        public void onSnapshotAsked(UUID command) {
            snapshotsAsked.add(command);
        }
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void appliesRangesInOrder() {
        begin(Flights.catalog(airport), 0);
        range(1, 0, 0, 1, 2);
        range(1, 0, 3);

        assertThat(progress().nextOffset()).isEqualTo(4);
        assertThat(events()).isEqualTo(4);
    }

    @Test
    void trimsWhatIsAppliedAlready() {
        begin(Flights.catalog(airport), 0);
        range(1, 0, 0, 1, 2);
        range(1, 0, 0, 1, 2); // all of it
        range(1, 0, 1, 2, 3, 4); // half of it

        assertThat(progress().nextOffset()).isEqualTo(5);
        assertThat(events()).isEqualTo(5);
        assertThat(progress().refusedAttempt()).isEqualTo(Long.MIN_VALUE);
    }

    @Test
    void refusesAGap() {
        begin(Flights.catalog(airport), 0);
        range(1, 7, 0, 1);
        range(1, 8, 3, 4);

        assertThat(progress().nextOffset()).isEqualTo(2);
        assertThat(progress().refusedAttempt()).isEqualTo(8);
        assertThat(events()).isEqualTo(2);
    }

    /** The former leader's reader had two ranges under way: the first was lost with the leader, the second came, and came again between those of the new leader's reader. */
    @Test
    void theFirstOfTwoPipelinedRangesIsDroppedAtAChangeOfLeader() {
        begin(Flights.catalog(airport), 0);
        range(1, 7, 0, 1);
        // 2 and 3 are lost
        range(1, 7, 4, 5);
        assertThat(progress().nextOffset()).isEqualTo(2);
        assertThat(progress().refusedAttempt()).isEqualTo(7);
        assertThat(events()).isEqualTo(2);

        range(1, 8, 2, 3, 4); // the new reader begins where the state stands
        range(1, 7, 4, 5); // what is applied of it is trimmed
        assertThat(progress().nextOffset()).isEqualTo(6);
        range(1, 8, 5, 6, 7); // what the late one has brought is trimmed here
        range(1, 7, 4, 5);

        assertThat(progress().nextOffset()).isEqualTo(8);
        assertThat(events()).isEqualTo(8);
        assertThat(progress().refusedAttempt())
                .as("the new reader need not go back")
                .isEqualTo(7);
    }

    @Test
    void refusesWhatWasDecidedUnderAnotherCatalog() {
        begin(Flights.catalog(airport), 0);
        range(0, 5, 0, 1);

        assertThat(progress().nextOffset()).isZero();
        assertThat(progress().refusedAttempt()).isEqualTo(5);
        assertThat(events()).isZero();
    }

    @Test
    void knowsNoPartitionWithoutItsStart() {
        apply(LogEntries.definitions(UUID.randomUUID(), Flights.catalog(airport)));
        range(1, 0, 0);

        assertThat(state.partitions().get(PARTITION)).isNull();
        assertThat(events()).isZero();
    }

    @Test
    void beginsWhereToldAndOnlyOnce() {
        begin(Flights.catalog(airport), 10);
        range(1, 0, 10, 11);
        apply(LogEntries.partitionStart(PARTITION, TOPIC, 0));

        assertThat(progress().nextOffset()).isEqualTo(12);
    }

    @Test
    void emptyRangesMoveThePosition() {
        begin(Flights.catalog(airport), 0);
        start(1, 0, 0);
        apply(writer.finish(5));
        range(1, 0, 5);

        assertThat(progress().nextOffset()).isEqualTo(6);
        assertThat(events()).isEqualTo(1);
    }

    @Test
    void countsWhatHasNoOtherEffect() {
        begin(Flights.catalog(airport), 0);
        start(1, 0, 0);
        for (EffectKind kind : List.of(EffectKind.NULL_KEY, EffectKind.NULL_TIME, EffectKind.DEAD_LETTERED)) {
            effects.clear();
            effects.addCounted(kind, 0);
            writer.add(kind.value(), effects);
        }
        apply(writer.finish(4));

        assertThat(progress().deadLettered()).isEqualTo(1);
        assertThat(state.groupByStatus()).singleElement().satisfies(status -> {
            assertThat(status.eventsNullKey()).isEqualTo(1);
            assertThat(status.eventsNullTime()).isEqualTo(1);
        });
    }

    @Test
    void anEqualCatalogChangesNothing() {
        CommandResult first = command(id -> LogEntries.definitions(id, Flights.catalog(airport)));
        CommandResult second = command(id -> LogEntries.definitions(id, Flights.catalog(airport)));

        assertThat(first.changed()).containsExactly("airport");
        assertThat(second).isEqualTo(new CommandResult(first.position(), java.util.Optional.empty(), List.of()));
        assertThat(state.catalog().number()).isEqualTo(1);
    }

    @Test
    void aDefinitionThatComesLaterWaitsForItsCommitAndCatchesUpInALane() {
        begin(Flights.catalog(airport), 10);
        range(1, 0, 10, 11, 12, 13);
        CompiledGroupBy route = Flights.route(TOPIC);
        assertThat(command(id -> LogEntries.definitions(id, Flights.catalog(airport, route)))
                        .changed())
                .containsExactly("route");
        assertThat(laneOf(route).isWaiting()).isTrue();
        assertThat(isCatchingUp(route)).isTrue();
        assertThat(isCatchingUp(airport)).isFalse();
        epoch = progress().epoch();
        range(2, 0, 14); // without route
        lane(2, 0, 12); // nothing before the commit

        assertThat(refusal(commit(route, Map.of())).reason()).isEqualTo(Reason.LANE_START_MISSING);
        assertThat(state.committed(route.id())).isNull();
        assertThat(commit(route, Map.of(PARTITION, 11L)).refusal()).isEmpty();
        lane(2, 5, 12); // a gap
        assertThat(laneOf(route).refusedAttempt()).isEqualTo(5);
        lane(2, 0, 10, 11, 12);
        assertThat(laneOf(route).nextOffset()).isEqualTo(13);
        range(2, 0, 15); // the partition goes on meanwhile
        assertThat(applied("route")).isEqualTo(2);
        assertThat(isCatchingUp(route)).isTrue();

        lane(2, 0, 13, 14, 15, 16, 17); // reaches beyond the partition, whose position is 16
        assertThat(progress().lanes()).isEmpty();
        assertThat(isCatchingUp(route)).isFalse();
        assertThat(applied("route")).isEqualTo(5);
        range(2, 6, 16); // decided while there was a lane
        assertThat(progress().refusedAttempt()).isEqualTo(6);
        lane(2, 0, 16, 17); // late: the lane has ended
        assertThat(applied("route")).isEqualTo(5);
        epoch = progress().epoch();
        range(2, 0, 16, 17);
        assertThat(progress().nextOffset()).isEqualTo(18);
        assertThat(applied("airport")).isEqualTo(8);
    }

    @Test
    void aLaneThatBeginsBehindThePartitionEndsAtOnce() {
        begin(Flights.catalog(airport), 0);
        range(1, 0, 0, 1);
        CompiledGroupBy route = Flights.route(TOPIC);
        apply(LogEntries.definitions(UUID.randomUUID(), Flights.catalog(airport, route)));

        assertThat(commit(route, Map.of(PARTITION, 7L)).refusal()).isEmpty();
        assertThat(progress().lanes()).isEmpty();
        assertThat(isCatchingUp(route)).isFalse();
    }

    @Test
    void aDefinitionThatIsThereBeforeItsTopicNeedsNoLane() {
        begin(Flights.catalog(airport), 0);
        apply(LogEntries.definitions(UUID.randomUUID(), Flights.catalog(airport, Flights.route(TOPIC))));

        assertThat(progress().lanes()).isEmpty();
        assertThat(progress().epoch()).isZero();
    }

    @Test
    void lanesEndWithTheirDefinitionAndWithTheirTopic() {
        begin(Flights.catalog(airport), 0);
        range(1, 0, 0);
        CompiledGroupBy route = Flights.route(TOPIC);
        apply(LogEntries.definitions(UUID.randomUUID(), Flights.catalog(airport, route)));
        apply(LogEntries.definitions(UUID.randomUUID(), Flights.catalog(airport)));
        assertThat(progress().lanes()).isEmpty();

        apply(LogEntries.definitions(UUID.randomUUID(), Flights.catalog(airport, route)));
        assertThat(isCatchingUp(route)).isTrue();
        apply(LogEntries.partitionStart(new PartitionId(new UUID(9, 9), 0), TOPIC, 0));
        assertThat(progress().lanes()).isEmpty();
        assertThat(isCatchingUp(route)).isFalse();
    }

    private Lane laneOf(CompiledGroupBy groupBy) {
        return Objects.requireNonNull(progress().lane(groupBy.id()));
    }

    private boolean isCatchingUp(CompiledGroupBy groupBy) {
        store.publish(position, 0);
        return StoreValues.look(
                directory,
                reader -> Objects.requireNonNull(reader.view().groupBy(groupBy.id()))
                        .isCatchingUp());
    }

    private long applied(String name) {
        return state.groupByStatus().stream()
                .filter(status -> status.name().equals(name))
                .findFirst()
                .orElseThrow()
                .eventsApplied();
    }

    @Test
    void bytesThatAreNoCatalogAreRefused() {
        CommandResult result = command(id -> LogEntries.definitions(id, new byte[] {1, 2, 3}));

        assertThat(refusal(result).reason()).isEqualTo(Reason.INVALID_CATALOG);
        assertThat(state.catalog()).isSameAs(ActiveCatalog.NONE);
    }

    @Test
    void commitsGoForwardOnly() {
        begin(Flights.catalog(airport), 0);
        CommandResult first = commit(10, Flights.FEBRUARY_MS);

        assertThat(first.refusal()).isEmpty();
        assertThat(commit(10, Flights.FEBRUARY_MS)).isEqualTo(first);
        assertThat(refusal(commit(9, Flights.FEBRUARY_MS)).reason()).isEqualTo(Reason.OLDER_THAN_COMMITTED);
        assertThat(refusal(commit(11, Flights.FEBRUARY_MS - Flights.DAY_MS)).reason())
                .isEqualTo(Reason.OLDER_THAN_COMMITTED);
        assertThat(commit(12, Flights.FEBRUARY_MS + Flights.DAY_MS).refusal()).isEmpty();
        assertThat(state.isKept(airport.id(), 12)).isTrue();
        assertThat(state.isKept(airport.id(), 10)).isTrue();
        assertThat(state.isKept(airport.id(), 11)).isFalse();
    }

    @Test
    void aRollbackMakesTheFormerVersionCurrent() {
        begin(Flights.catalog(airport), 0);
        CommandResult first = commit(10, Flights.FEBRUARY_MS);
        assertThat(refusal(rollback(10)).reason()).isEqualTo(Reason.NO_FORMER_VERSION);
        commit(12, Flights.FEBRUARY_MS + Flights.DAY_MS);

        assertThat(refusal(rollback(10)).reason()).isEqualTo(Reason.NOT_CURRENT);
        assertThat(rollback(12).refusal()).isEmpty();

        assertThat(state.committed(airport.id()))
                .isEqualTo(new CommittedVersion(10, Flights.FEBRUARY_MS, first.position()));
        assertThat(state.former(airport.id())).isNull();
        assertThat(state.isKept(airport.id(), 12)).isFalse();
        assertThat(state.groupByStatus().get(0).version()).hasValue(10);
        assertThat(refusal(rollback(12)).reason()).isEqualTo(Reason.NOT_CURRENT);
    }

    @Test
    void aSnapshotIsAskedForWithoutAnEffect() {
        UUID id = UUID.randomUUID();
        apply(LogEntries.takeSnapshot(id));

        assertThat(snapshotsAsked).containsExactly(id);
        assertThat(results).isEmpty();
    }

    @Test
    void aSnapshotHoldsAllThatFollowsFromTheLog() throws Exception {
        begin(Flights.catalog(airport), 10);
        commit(10, Flights.FEBRUARY_MS - Flights.DAY_MS);
        commit(12, Flights.FEBRUARY_MS);
        range(1, 0, 10, 11, 12);
        start(1, 0, 13);
        effects.clear();
        effects.addCounted(EffectKind.NULL_KEY, 0);
        effects.addCounted(EffectKind.DEAD_LETTERED, 0);
        writer.add(13, effects);
        apply(writer.finish(14));
        apply(LogEntries.partitionStart(new PartitionId(new UUID(9, 9), 0), TOPIC, 5)); // the topic was created again
        writer.start(new PartitionId(new UUID(9, 9), 0), 1, 0, EventRangeWriter.NO_LANE, 0, 5);
        apply(writer.finish(9));
        CompiledGroupBy route = Flights.route(TOPIC);
        apply(LogEntries.definitions(UUID.randomUUID(), Flights.catalog(airport, route)));
        commit(route, Map.of(new PartitionId(new UUID(9, 9), 0), 7L));
        Blocks snapshot = new Blocks();
        state.snapshot(position, snapshot);

        Path elsewhere = directory.resolve("elsewhere");
        try (TileStore other = TileStore.open(elsewhere, 0, 2)) {
            IngestState restored = new IngestState(other, new Results());
            assertThat(restored.restore(snapshot.source())).isEqualTo(position);

            assertThat(restored.groupByStatus()).isEqualTo(state.groupByStatus());
            assertThat(restored.catalog().number()).isEqualTo(2);
            assertThat(restored.committed(airport.id())).isEqualTo(state.committed(airport.id()));
            assertThat(restored.former(airport.id())).isEqualTo(state.former(airport.id()));
            PartitionProgress progress =
                    Objects.requireNonNull(restored.partitions().get(PARTITION));
            assertThat(progress.nextOffset()).isEqualTo(14);
            assertThat(progress.deadLettered()).isEqualTo(1);
            assertThat(restored.partitions().find(TOPIC, 0)).hasValueSatisfying(one -> {
                assertThat(one.nextOffset()).isEqualTo(9);
                assertThat(one.epoch()).isEqualTo(1);
                assertThat(one.lanes()).singleElement().satisfies(lane -> {
                    assertThat(lane.definition()).isEqualTo(route.id());
                    assertThat(lane.nextOffset()).isEqualTo(7);
                });
            });
            Blocks again = new Blocks();
            restored.snapshot(position, again);
            assertThat(again.bytes()).isEqualTo(snapshot.bytes());
        }
    }

    @Test
    void aSnapshotOfNothingIsRestored() throws Exception {
        Blocks snapshot = new Blocks();
        state.snapshot(position, snapshot);
        try (TileStore other = TileStore.open(directory.resolve("elsewhere"), 0, 2)) {
            IngestState restored = new IngestState(other, new Results());
            assertThat(restored.restore(snapshot.source())).isEqualTo(position);
            assertThat(restored.catalog()).isSameAs(ActiveCatalog.NONE);
        }
    }

    @Test
    void aDamagedSnapshotIsRefused() throws Exception {
        begin(Flights.catalog(airport), 10);
        commit(10, Flights.FEBRUARY_MS);
        Blocks sound = new Blocks();
        state.snapshot(position, sound);
        Seeds.forEach(50, random -> {
            Blocks damaged = sound.damagedAt(random);
            try (TileStore other = TileStore.open(directory.resolve("other" + random.nextLong()), 0, 2)) {
                IngestState restored = new IngestState(other, new Results());
                assertThatThrownBy(() -> restored.restore(damaged.source()))
                        .isInstanceOf(StoreException.class)
                        .hasMessageContaining("test snapshot");
            }
        });
    }

    @Test
    void aCommitOfAnUnknownDefinitionIsRefused() {
        assertThat(refusal(commit(1, Flights.FEBRUARY_MS)).reason()).isEqualTo(Reason.UNKNOWN_DEFINITION);
    }

    @Test
    void doesNotGoOnBehindAnUnknownEntry() {
        assertThatThrownBy(() -> state.apply(new UnsafeBuffer(new byte[64]), 0, 64, 64))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("unknown to this build");
    }

    private static Refusal refusal(CommandResult result) {
        return result.refusal().orElseThrow();
    }

    private CommandResult commit(long version, long batchEndMs) {
        return command(id -> LogEntries.commitVersion(
                id, airport.id(), version, batchEndMs, List.of(new SegmentSummary(0, 1, 2, 3)), Map.of()));
    }

    private CommandResult commit(CompiledGroupBy groupBy, Map<PartitionId, Long> lanes) {
        return command(id -> LogEntries.commitVersion(
                id, groupBy.id(), 1, Flights.FEBRUARY_MS, List.of(new SegmentSummary(0, 1, 2, 3)), lanes));
    }

    private CommandResult rollback(long version) {
        return command(id -> LogEntries.rollbackVersion(id, airport.id(), version));
    }

    private CommandResult command(java.util.function.Function<UUID, DirectBuffer> entry) {
        UUID id = UUID.randomUUID();
        apply(entry.apply(id));
        return Objects.requireNonNull(results.get(id));
    }

    private void begin(byte[] catalog, long startOffset) {
        apply(LogEntries.definitions(UUID.randomUUID(), catalog));
        apply(LogEntries.partitionStart(PARTITION, TOPIC, startOffset));
    }

    /** One event for airport JFK at each offset; the range begins at the first and ends behind the last. */
    private void range(long catalogNumber, long attempt, long... offsets) {
        KeyEncoder key = new KeyEncoder().reset().putString("JFK");
        FlatRowWriter row = new FlatRowWriter(2);
        row.putString(0, "JFK").putLong(1, 1);
        int rowLength = row.finish();
        start(catalogNumber, attempt, offsets[0]);
        for (long offset : offsets) {
            effects.clear();
            effects.addEvent(0, TIME_MS, key.buffer(), key.length(), row.buffer(), rowLength);
            writer.add(offset, effects);
        }
        apply(writer.finish(offsets[offsets.length - 1] + 1));
    }

    /** One event for route JFK to LAX at each offset, in route's lane. */
    private void lane(long catalogNumber, long attempt, long... offsets) {
        KeyEncoder key = new KeyEncoder().reset().putString("JFK").putString("LAX");
        FlatRowWriter row = new FlatRowWriter(3);
        row.putString(0, "JFK").putString(1, "LAX").putLong(2, 1);
        int rowLength = row.finish();
        int place = state.catalog().find("route").orElseThrow().place();
        writer.start(PARTITION, catalogNumber, epoch, place, attempt, offsets[0]);
        for (long offset : offsets) {
            effects.clear();
            effects.addEvent(place, TIME_MS, key.buffer(), key.length(), row.buffer(), rowLength);
            writer.add(offset, effects);
        }
        apply(writer.finish(offsets[offsets.length - 1] + 1));
    }

    private void start(long catalogNumber, long attempt, long from) {
        writer.start(PARTITION, catalogNumber, epoch, EventRangeWriter.NO_LANE, attempt, from);
    }

    private void apply(int length) {
        apply(new UnsafeBuffer(writer.buffer(), 0, length));
    }

    private void apply(DirectBuffer entry) {
        // Entries stand anywhere in the log's buffer.
        UnsafeBuffer log = new UnsafeBuffer(new byte[entry.capacity() + 96]);
        log.putBytes(96, entry, 0, entry.capacity());
        position += entry.capacity();
        state.apply(log, 96, entry.capacity(), position);
    }

    private PartitionProgress progress() {
        return Objects.requireNonNull(state.partitions().get(PARTITION));
    }

    private long events() {
        store.publish(position, 0);
        List<?> values = StoreValues.read(directory, airport, TIME_MS + Flights.DAY_MS, "JFK");
        return values.isEmpty() ? 0 : (Long) Objects.requireNonNull(values.get(0));
    }
}
