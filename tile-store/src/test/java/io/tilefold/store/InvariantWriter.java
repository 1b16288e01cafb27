package io.tilefold.store;

import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.time.Hop;
import io.tilefold.testsupport.ModelEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Writes events for {@link InvariantReader}: few hot keys and many cold ones that come one after the other, over some hours, so that records
 * are made, grow, move and take each other's blocks, and indexes and regions grow; and versions that replace each other.
 */
final class InvariantWriter implements AutoCloseable {
    static final long BATCH_END_MS = 15_000 * Hop.DAY.lengthMs();
    static final long Q = BATCH_END_MS + 3 * Hop.DAY.lengthMs();
    static final int SHARDS = 2;

    private final Path directory;
    private final ActiveGroupBy groupBy;
    private final int keys;
    private final long seed;
    private final TestRows rows = new TestRows();
    private TileStore store;
    private GroupByStore groupByStore;
    private SplittableRandom random;
    private int applied;
    private int version = 1;

    InvariantWriter(Path directory, ActiveGroupBy groupBy, int keys, long seed) throws IOException {
        this.directory = directory;
        this.groupBy = groupBy;
        this.keys = keys;
        this.seed = seed;
        this.store = TileStore.open(directory, 0, SHARDS);
        this.random = new SplittableRandom(seed);
        if (store.versionsOnDisk(groupBy.id()).isEmpty()) {
            upload();
        }
        this.groupByStore = begin();
        store.publish(0, 0);
    }

    private GroupByStore begin() {
        random = new SplittableRandom(seed);
        applied = 0;
        store.activate(new byte[0], List.of(groupBy));
        if (version > 1) {
            store.commit(groupBy.id(), version - 1, BATCH_END_MS);
        }
        store.commit(groupBy.id(), version, BATCH_END_MS);
        GroupByStore active = store.groupBy(groupBy.id());
        if (active == null) {
            throw new IllegalStateException();
        }
        return active;
    }

    /** A base in which every tenth key has one event less than the version's number, so that no count ever goes back. */
    private void upload() throws IOException {
        Map<String, List<ModelEvent>> events = new HashMap<>();
        for (int number = 0; number < keys; number += 10) {
            String user = InvariantReader.user(number);
            ModelEvent event = TestRows.event(user, BATCH_END_MS - 1, 1L, (double) number, "merchant");
            events.put(user, Collections.nCopies(version - 1, event));
        }
        TestSegments.write(store, groupBy, version, BATCH_END_MS, SHARDS, events);
    }

    /** Does what an upload does: another version becomes current. */
    void swap() throws IOException {
        version++;
        upload();
        store.commit(groupBy.id(), version, BATCH_END_MS);
        store.publish(applied, 0);
    }

    /** Applies the next events and publishes now and then. */
    void write(int events) {
        for (int i = 0; i < events; i++) {
            int reached = Math.min(keys, 10 + applied / 8);
            int number = random.nextInt(4) == 0 ? random.nextInt(Math.min(10, reached)) : random.nextInt(reached);
            long timeMs = BATCH_END_MS
                    + Math.min(2 * Hop.DAY.lengthMs(), applied * 700L)
                    + random.nextLong(2 * Hop.HOUR.lengthMs());
            KeyEncoder key = rows.key(InvariantReader.user(number));
            groupByStore.apply(
                    key.buffer(),
                    0,
                    key.length(),
                    rows.row(null, 1L, (double) number, "merchant" + random.nextInt(1 + number % 12)),
                    timeMs);
            applied++;
            if ((applied & 0xFF) == 0) {
                store.publish(applied, 0);
            }
        }
    }

    /** Writes until the process ends. */
    public static void main(String[] arguments) throws IOException {
        InvariantWriter writer = new InvariantWriter(
                Path.of(arguments[0]), InvariantReader.groupBy(arguments[1]), Integer.parseInt(arguments[2]), 3);
        System.out.println("ready");
        while (System.in.available() == 0) {
            writer.write(1_000);
        }
    }

    /** Does what a restarted node does: opens anew and applies the same events again. */
    void restart() {
        int reached = applied;
        store.publish(applied, 0);
        store.close();
        store = TileStore.open(directory, 0, SHARDS);
        groupByStore = begin();
        write(reached);
        store.publish(applied, 0);
    }

    GroupByStats stats() {
        return store.stats().get(0);
    }

    @Override
    public void close() {
        store.close();
    }
}
