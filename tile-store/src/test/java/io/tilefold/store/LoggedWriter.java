package io.tilefold.store;

import io.tilefold.core.tile.SegmentException;
import io.tilefold.core.time.Hop;
import io.tilefold.testsupport.ModelEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * A writer whose log has no end and follows from the positions alone: events, uploads committed for two GroupBys at one instant, rollbacks; now
 * and then a snapshot. As a process ({@code DIRECTORY}) it goes on where the one before was killed, and says what is acknowledged.
 */
final class LoggedWriter implements AutoCloseable {
    static final List<ActiveGroupBy> GROUP_BYS = List.of(TestGroupBys.INVARIANT, TestGroupBys.FIXED_INVARIANT);
    static final int SHARDS = 2;
    static final int USERS = 400;
    static final long START_MS = 15_000 * Hop.DAY.lengthMs();

    private static final long MS_PER_ENTRY = 30_000;
    private static final int COMMIT_EVERY = 1_500;
    private static final int ROLLBACK_EVERY = 4_000;
    private static final int PUBLISH_EVERY = 32;
    private static final int SNAPSHOT_EVERY = 900;
    private static final byte[] CATALOG = {7};

    private final TestRows rows = new TestRows();
    private final TileStore store;
    private int position;

    /** Begins with the snapshot in the directory, or with nothing. */
    LoggedWriter(Path directory) {
        store = TileStore.open(directory, 0, SHARDS);
        position = (int) store.restore(catalog -> GROUP_BYS).orElse(0);
    }

    public static void main(String[] arguments) throws IOException {
        LoggedWriter writer = new LoggedWriter(Path.of(arguments[0]));
        while (true) {
            writer.apply();
            if (writer.position % PUBLISH_EVERY == 0) {
                writer.store.publish(writer.position, 0);
                say("published " + writer.position);
            }
            if (writer.position % SNAPSHOT_EVERY == 0) {
                writer.store.snapshot(writer.position);
                say("snapshot " + writer.position);
            }
        }
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    int position() {
        return position;
    }

    /** Applies the log up to a position and publishes it. */
    void goTo(int reached) throws IOException {
        while (position < reached) {
            apply();
        }
        store.publish(position, 0);
    }

    /** What a snapshot of the writer says: all that follows from the log. */
    byte[] state() throws IOException {
        List<byte[]> blocks = new ArrayList<>();
        store.snapshot(position, (block, offset, length) -> {
            byte[] copy = new byte[length];
            block.getBytes(offset, copy);
            blocks.add(copy);
        });
        byte[] all = new byte[blocks.stream().mapToInt(block -> block.length).sum()];
        int at = 0;
        for (byte[] block : blocks) {
            System.arraycopy(block, 0, all, at, block.length);
            at += block.length;
        }
        return all;
    }

    TileStore store() {
        return store;
    }

    private void apply() throws IOException {
        position++;
        store.applying(position);
        if (position == 1) {
            store.activate(CATALOG, GROUP_BYS);
        } else if (position % ROLLBACK_EVERY == 0) {
            rollBack();
        } else if (position % COMMIT_EVERY == 0 || position == 2) {
            commit();
        } else {
            event();
        }
    }

    private long nowMs() {
        return START_MS + position * MS_PER_ENTRY;
    }

    private void rollBack() {
        for (ActiveGroupBy groupBy : GROUP_BYS) {
            if (groupByStore(groupBy).formerVersion().isPresent()) {
                store.rollback(groupBy.id());
            }
        }
    }

    /** Uploads, unless that was done before, and commits. */
    private void commit() throws IOException {
        long endMs = Hop.DAY.floor(nowMs());
        for (ActiveGroupBy groupBy : GROUP_BYS) {
            if (!isUploaded(groupBy, endMs)) {
                TestSegments.write(store, groupBy, position, endMs, SHARDS, base(endMs));
            }
            store.commit(groupBy.id(), position, endMs);
        }
    }

    private boolean isUploaded(ActiveGroupBy groupBy, long endMs) {
        try {
            for (int shard = 0; shard < SHARDS; shard++) {
                store.verifySegment(groupBy.id(), position, shard, endMs);
            }
            return true;
        } catch (SegmentException | StoreException e) {
            return false;
        }
    }

    /** Every tenth user has two events, of which all holds that readers check. */
    private static Map<String, List<ModelEvent>> base(long endMs) {
        Map<String, List<ModelEvent>> events = new HashMap<>();
        for (int user = 0; user < USERS; user += 10) {
            ModelEvent event = TestRows.event(InvariantReader.user(user), endMs - 1, 1L, (double) user, "merchant");
            events.put(InvariantReader.user(user), new ArrayList<>(Arrays.asList(event, event)));
        }
        return events;
    }

    private void event() {
        SplittableRandom random = new SplittableRandom(position);
        int user = Math.min(random.nextInt(USERS), random.nextInt(USERS));
        long timeMs = nowMs() - random.nextLong(2 * Hop.HOUR.lengthMs());
        TestRows.apply(
                groupByStore(GROUP_BYS.get(random.nextInt(2))),
                rows,
                TestRows.event(InvariantReader.user(user), timeMs, 1L, (double) user, "merchant" + random.nextInt(9)));
    }

    private GroupByStore groupByStore(ActiveGroupBy groupBy) {
        return Objects.requireNonNull(store.groupBy(groupBy.id()));
    }

    @Override
    public void close() {
        store.close();
    }
}
