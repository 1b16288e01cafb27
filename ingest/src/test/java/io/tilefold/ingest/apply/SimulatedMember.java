package io.tilefold.ingest.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.ingest.Flights;
import io.tilefold.ingest.StoreValues;
import io.tilefold.ingest.log.PartitionId;
import io.tilefold.store.StoreException;
import io.tilefold.store.TileStore;
import io.tilefold.store.TileStoreReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/** One member: a state machine over a store of its own, which crashes and comes back from its last snapshot. */
final class SimulatedMember implements AutoCloseable {
    private final Path directory;
    private TileStore store;
    private IngestState state;
    private int applied;
    private long position;
    private long published;

    /** Where a definition that came later began to be applied, by what its lane showed; empty while it has not. */
    private OptionalLong laneBegan = OptionalLong.empty();

    private @Nullable Taken snapshot;
    private @Nullable Taken former;

    /** A snapshot and where the member stood. */
    private record Taken(Blocks blocks, int applied, long position, OptionalLong laneBegan) {}

    SimulatedMember(Path directory) {
        this.directory = directory;
        open();
    }

    private void open() {
        store = TileStore.open(directory, 0, 2);
        state = new IngestState(store, new CommandResults() {
            @Override
            public void onResult(UUID command, CommandResult result) {}

            @Override
            public void onSnapshotAsked(UUID command) {}
        });
    }

    IngestState state() {
        return state;
    }

    /** How many entries of the log it has applied. */
    int applied() {
        return applied;
    }

    long position() {
        return position;
    }

    @Nullable PartitionProgress progress(PartitionId partition) {
        return state.partitions().get(partition);
    }

    /** Applies the log's entries up to this number of them, and publishes. */
    void applyUpTo(List<DirectBuffer> log, int entries) {
        while (applied < entries) {
            DirectBuffer entry = log.get(applied++);
            position += entry.capacity();
            store.applying(position);
            state.apply(entry, 0, entry.capacity(), position);
            noticeLanes();
        }
        if (applied > 0) {
            store.publish(position, 0);
            published = Math.max(published, position);
        }
    }

    /** A lane that was opened says where it begins at once, or where the partition stood when it ended at once. */
    private void noticeLanes() {
        for (String topic : state.partitions().topics()) {
            for (PartitionProgress progress : state.partitions().ofTopic(topic)) {
                if (progress.lanes().stream().anyMatch(Lane::isWaiting)) {
                    laneBegan = OptionalLong.empty();
                } else if (laneBegan.isEmpty() && progress.epoch() > 0) {
                    laneBegan = OptionalLong.of(progress.lanes().stream()
                            .mapToLong(Lane::nextOffset)
                            .findFirst()
                            .orElse(progress.nextOffset()));
                }
            }
        }
    }

    /** Where the definition began to be applied; empty if it is not active, or waits. */
    OptionalLong laneStart(DefinitionId id, PartitionId partition) {
        PartitionProgress progress = progress(partition);
        if (state.catalog().find(id).isEmpty() || progress == null) {
            return OptionalLong.empty();
        }
        Lane lane = progress.lane(id);
        return lane != null && lane.isWaiting() ? OptionalLong.empty() : OptionalLong.of(laneBegan.orElse(0));
    }

    long eventsApplied(DefinitionId id) {
        return state.groupByStatus().stream()
                .filter(status -> status.id().equals(id))
                .mapToLong(GroupByStatus::eventsApplied)
                .sum();
    }

    /** Takes a snapshot; its digest. */
    int takeSnapshot() throws IOException {
        Blocks blocks = new Blocks();
        state.snapshot(position, blocks);
        former = snapshot;
        snapshot = new Taken(blocks, applied, position, laneBegan);
        CRC32C crc = new CRC32C();
        crc.update(blocks.bytes());
        return (int) crc.getValue();
    }

    /** Ends at once and begins again with its last snapshot, or with nothing. */
    void crash() {
        begin();
        Taken from = snapshot;
        if (from != null) {
            assertThat(state.restore(from.blocks.source())).isEqualTo(from.position);
            applied = from.applied;
            position = from.position;
            laneBegan = from.laneBegan;
        }
    }

    /** Its disk damages the last snapshot; it crashes, refuses what it finds and begins with the snapshot before. */
    void crashWithDamage(SplittableRandom random) {
        Taken last = snapshot;
        if (last != null) {
            begin();
            Blocks damaged = last.blocks.damagedAt(random);
            assertThatThrownBy(() -> state.restore(damaged.source())).isInstanceOf(StoreException.class);
            snapshot = former;
        }
        crash();
    }

    private void begin() {
        store.close();
        open();
        applied = 0;
        position = 0;
        laneBegan = OptionalLong.empty();
    }

    /** Values of GroupBy airport for a key as readers see them; empty if there is no such key. */
    List<@Nullable Object> values(CompiledGroupBy airport, String key) {
        return StoreValues.read(directory, airport, Flights.DAY_MS, key);
    }

    /** False after a crash until it has come as far as readers have seen. */
    boolean isPublished() {
        return position == published && published > 0;
    }

    /** I5: readers never see less than before, a restart included. */
    void checkPositionsGrow() {
        if (published > 0 && position < published) {
            assertThat(StoreValues.look(directory, TileStoreReader::position)).isGreaterThanOrEqualTo(published);
        }
    }

    @Override
    public void close() {
        store.close();
    }
}
