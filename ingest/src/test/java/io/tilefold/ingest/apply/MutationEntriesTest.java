package io.tilefold.ingest.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.ingest.Flights;
import io.tilefold.ingest.Orders;
import io.tilefold.ingest.log.EventRangeWriter;
import io.tilefold.ingest.log.LogEntries;
import io.tilefold.ingest.log.PartitionId;
import io.tilefold.ingest.log.RecordEffects;
import io.tilefold.ingest.log.codec.EffectKind;
import io.tilefold.store.TileStore;
import io.tilefold.testsupport.Seeds;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.UUID;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ranges with mutations in the state machine, over a real store. */
class MutationEntriesTest {
    private static final String TOPIC = "orders";
    private static final PartitionId PARTITION = new PartitionId(new UUID(1, 2), 3);
    private static final long B = Flights.FEBRUARY_MS;

    @TempDir
    private Path directory;

    private final CompiledGroupBy byRider = Orders.byRider(TOPIC);
    private final EventRangeWriter writer = new EventRangeWriter();
    private final RecordEffects effects = new RecordEffects();
    private final KeyEncoder key = new KeyEncoder();
    private long position;

    private static final class NoResults implements CommandResults {
        @Override
        public void onResult(UUID command, CommandResult result) {
            assertThat(result.refusal()).isEmpty();
        }

        @Override
        public void onSnapshotAsked(UUID command) {}
    }

    /**
     * What the records are of: by threes an order of amount 1 comes, has amount 5, and is withdrawn; beside every seventh a row before is missing.
     */
    private void record(long offset) {
        effects.clear();
        key.reset().putString("r" + offset / 3 % 4);
        long mutationMs = B + offset;
        FlatRow one = row("r" + offset / 3 % 4, 1);
        FlatRow five = row("r" + offset / 3 % 4, 5);
        switch ((int) (offset % 3)) {
            case 0 -> effects.addMutation(0, mutationMs, key.buffer(), key.length(), null, 0, one, B - 1);
            case 1 -> effects.addMutation(0, mutationMs, key.buffer(), key.length(), one, B - 1, five, B);
            default -> effects.addMutation(0, mutationMs, key.buffer(), key.length(), five, B, null, 0);
        }
        if (offset % 7 == 0) {
            key.reset().putString("missing");
            effects.addBeforeMissing(0, mutationMs, key.buffer(), key.length());
            effects.addCounted(EffectKind.DEAD_LETTERED, 0);
        }
    }

    private static FlatRow row(String rider, long amount) {
        FlatRowWriter columns = new FlatRowWriter(2).putString(0, rider).putLong(1, amount);
        return new FlatRow().wrap(columns.buffer(), 0, columns.finish(), 2);
    }

    private void begin(IngestState state) {
        position = 0;
        apply(state, LogEntries.definitions(UUID.randomUUID(), Flights.catalog(byRider)));
        apply(state, LogEntries.partitionStart(PARTITION, TOPIC, 0));
        apply(state, LogEntries.commitVersion(UUID.randomUUID(), byRider.id(), 1, B, List.of(), Map.of()));
    }

    private void range(IngestState state, long from, long to) {
        writer.start(PARTITION, 1, 0, EventRangeWriter.NO_LANE, 1, from);
        for (long offset = from; offset < to; offset++) {
            record(offset);
            assertThat(writer.fits(offset, effects)).isTrue();
            writer.add(offset, effects);
        }
        int length = writer.finish(to);
        state.apply(writer.buffer(), 0, length, ++position);
    }

    private void apply(IngestState state, DirectBuffer entry) {
        state.apply(entry, 0, entry.capacity(), ++position);
    }

    @Test
    void eachMutationIsAppliedOnceHoweverRangesOverlap() {
        int records = 200;
        Seeds.forEach(3, random -> {
            Path root = directory.resolve("overlap-" + random.nextLong());
            try (TileStore store = TileStore.open(root, 0, 2)) {
                IngestState state = new IngestState(store, new NoResults());
                begin(state);
                offerOverlapping(state, records, random);
                assertThat(Objects.requireNonNull(state.partitions().get(PARTITION))
                                .nextOffset())
                        .isEqualTo(records);
                GroupByStatus status = state.groupByStatus().get(0);
                assertThat(status.eventsApplied()).isEqualTo(records + (records + 6) / 7);
                assertThat(status.newestEventMs()).hasValue(B + records - 1);
                assertThat(Objects.requireNonNull(state.partitions().get(PARTITION))
                                .deadLettered())
                        .isEqualTo((records + 6) / 7);
            }
        });
    }

    private void offerOverlapping(IngestState state, int records, SplittableRandom random) {
        long next = 0;
        while (next < records) {
            long from = Math.max(0, next - random.nextInt(20));
            long to = Math.min(records, from + random.nextInt(1, 40));
            range(state, from, to);
            next = Math.max(next, to);
        }
    }

    @Test
    void aStateRestoredGoesOnAsTheOtherDoes() throws IOException {
        Blocks snapshot = new Blocks();
        Blocks straight = new Blocks();
        Blocks restored = new Blocks();
        try (TileStore store = TileStore.open(directory.resolve("one"), 0, 2)) {
            IngestState state = new IngestState(store, new NoResults());
            begin(state);
            range(state, 0, 100);
            state.snapshot(position, snapshot);
            range(state, 100, 151);
            state.snapshot(position, straight);
        }
        try (TileStore store = TileStore.open(directory.resolve("other"), 0, 2)) {
            IngestState state = new IngestState(store, new NoResults());
            position = state.restore(snapshot.source());
            range(state, 90, 151);
            state.snapshot(position, restored);
        }
        assertThat(restored.bytes()).isEqualTo(straight.bytes());
    }
}
