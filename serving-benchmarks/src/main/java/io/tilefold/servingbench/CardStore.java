package io.tilefold.servingbench;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.key.KeyHash;
import io.tilefold.core.plan.BaseRecordBuilder;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.tile.SegmentHeader;
import io.tilefold.core.tile.SegmentWriter;
import io.tilefold.core.time.Hop;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.store.ActiveGroupBy;
import io.tilefold.store.GroupByStore;
import io.tilefold.store.TileStore;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The store of {@link Cards}, as ingest and the batch job would write it: every card has some eight payments before the batch end, a midnight, and
 * some four in the last {@value #LIVE_HOURS} hours, at whatever time of the day this runs. Goes on as a writer would: gives signs of life, applies payments, brings new versions.
 */
final class CardStore implements AutoCloseable {
    private static final int SHARDS = 4;
    private static final int BASE_EVENTS = 8;
    private static final int LIVE_EVENTS = 4;
    private static final int LIVE_HOURS = 20;
    private static final double MINUTES_MAX = 30 * 24 * 60;
    private static final long MINUTE_MS = 60_000;

    private final int cards;
    private final long liveFromMs = System.currentTimeMillis() - TimeUnit.HOURS.toMillis(LIVE_HOURS);
    private final long batchEndMs = Hop.DAY.floor(liveFromMs);
    private final TileStore store;
    private final KeyEncoder key = new KeyEncoder();
    private final UnsafeBuffer keyBytes = new UnsafeBuffer(0, 0);
    private final FlatRowWriter writer = new FlatRowWriter(Cards.ROW.size());
    private final FlatRow row = new FlatRow();
    private final SplittableRandom random = new SplittableRandom(1);
    private final GroupByStore[] live;
    private long position;
    private long version;

    /** @param directory of a store; if there is one already it is thrown away */
    CardStore(Path directory, int cards) throws IOException {
        this.cards = cards;
        IoUtil.delete(directory.toFile(), true);
        this.store = TileStore.open(directory, 0, SHARDS);
        store.activate(
                Cards.CATALOG_BYTES,
                Cards.CATALOG.groupBys().stream()
                        .map(groupBy -> new ActiveGroupBy(groupBy.id(), groupBy.name(), plan(groupBy)))
                        .toList());
        this.live = Cards.CATALOG.groupBys().stream()
                .map(groupBy -> Objects.requireNonNull(store.groupBy(groupBy.id())))
                .toArray(GroupByStore[]::new);
        writeVersion();
        commitVersion();
        for (int number = 0; number < cards; number++) {
            for (int i = 0; i < LIVE_EVENTS; i++) {
                pay(number, random.nextLong(liveFromMs, System.currentTimeMillis()));
            }
        }
        publish();
    }

    private static GroupByPlan plan(CompiledGroupBy groupBy) {
        return GroupByPlan.compile(groupBy.definition(), groupBy.selected());
    }

    /** Writes and verifies the segments of the next version of every GroupBy. */
    void writeVersion() throws IOException {
        version++;
        for (CompiledGroupBy groupBy : Cards.CATALOG.groupBys()) {
            writeVersion(groupBy);
        }
    }

    private void writeVersion(CompiledGroupBy groupBy) throws IOException {
        FileChannel[] channels = new FileChannel[SHARDS];
        SegmentWriter[] segments = new SegmentWriter[SHARDS];
        for (int shard = 0; shard < SHARDS; shard++) {
            Path file = store.segmentFile(groupBy.id(), version, shard);
            channels[shard] = FileChannel.open(file, CREATE, TRUNCATE_EXISTING, WRITE);
            segments[shard] = new SegmentWriter(
                    new SegmentHeader(groupBy.id(), version, shard, SHARDS, batchEndMs), channels[shard]);
        }
        BaseRecordBuilder builder = new BaseRecordBuilder(plan(groupBy), batchEndMs);
        long[] times = new long[BASE_EVENTS];
        for (int number = 0; number < cards; number++) {
            SplittableRandom ofCard = new SplittableRandom(number);
            Arrays.setAll(
                    times,
                    i -> batchEndMs - (long) (Math.exp(ofCard.nextDouble() * Math.log(MINUTES_MAX)) * MINUTE_MS));
            Arrays.sort(times);
            encode(number);
            builder.start(key.buffer(), 0, key.length());
            for (int i = BASE_EVENTS - 1; i >= 0; i--) {
                builder.add(payment(number, ofCard.nextInt(1, 10_000) / 100.0), times[i]);
            }
            int length = builder.finish();
            segments[KeyHash.shard(key.hash(), SHARDS)].append(builder.buffer(), 0, length);
        }
        for (int shard = 0; shard < SHARDS; shard++) {
            segments[shard].finish();
            channels[shard].close();
            store.verifySegment(groupBy.id(), version, shard, batchEndMs);
        }
    }

    /** Makes the version last written current. */
    void commitVersion() {
        Cards.CATALOG.groupBys().forEach(groupBy -> store.commit(groupBy.id(), version, batchEndMs));
    }

    /** Applies one payment of a random card, now, to every GroupBy. */
    void pay() {
        pay(random.nextInt(cards), System.currentTimeMillis());
    }

    private void pay(long number, long timeMs) {
        encode(number);
        keyBytes.wrap(key.buffer(), 0, key.length());
        FlatRow payment = payment(number, random.nextInt(1, 10_000) / 100.0);
        for (GroupByStore groupBy : live) {
            groupBy.apply(keyBytes, 0, key.length(), payment, timeMs);
        }
    }

    private void encode(long number) {
        key.reset().putLong(Cards.card(number));
    }

    private FlatRow payment(long number, double amount) {
        writer.reset();
        writer.putLong(0, Cards.card(number));
        writer.putDouble(1, amount);
        int length = writer.finish();
        return row.wrap(writer.buffer(), 0, length, Cards.ROW.size());
    }

    /** Shows what was done, and that the writer is alive and caught up. */
    void publish() {
        long nowMs = System.currentTimeMillis();
        position += 64;
        store.heartbeat(nowMs);
        store.publish(position, nowMs);
    }

    @Override
    public void close() {
        store.close();
    }
}
