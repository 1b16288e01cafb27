package io.tilefold.core.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.algebra.ModelRows;
import io.tilefold.core.algebra.TileBuffer;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.plan.PartitionTiles.Grain;
import io.tilefold.testsupport.ModelEvent;
import io.tilefold.testsupport.Seeds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Records of tiles that were made at other batch ends, partition by partition, beside records of the events themselves: equal bytes. */
class PartitionTilesTest {
    private static final long DAY_MS = FlightsLike.DAY_MS;
    private static final long B = 11_363L * DAY_MS;
    private static final ModelRows ROWS = new ModelRows(FlightsLike.ROW);

    private record Tile(Grain grain, long startMs, long rows, byte[] bytes) {}

    @Test
    void aRecordOfTilesEqualsOneOfEvents() {
        for (Accuracy accuracy : Accuracy.values()) {
            GroupByPlan plan = GroupByPlan.compile(FlightsLike.definition(accuracy), FlightsLike.ROW);
            BaseRecordBuilder builder = new BaseRecordBuilder(plan, B);
            int[] coarse = new int[1];
            Seeds.forEach(150, random -> {
                List<ModelEvent> events =
                        FlightsLike.events(random, random.nextInt(120), B - 34 * DAY_MS, B + 2 * DAY_MS);
                List<Tile> tiles = new ArrayList<>();
                for (List<ModelEvent> partition : partitions(events, random)) {
                    long madeAt = B - random.nextLong(20) * DAY_MS;
                    tiles.addAll(read(plan, tiles(plan, partition, madeAt), partition, coarse));
                }
                assertThat(tiles.stream().mapToLong(Tile::rows).sum()).isEqualTo(events.size());
                Collections.shuffle(tiles, new Random(random.nextLong()));
                tiles.sort(Comparator.comparingLong(Tile::startMs).reversed());
                assertThat(record(plan, builder, tiles)).isEqualTo(recordOfEvents(plan, builder, events));
            });
            assertThat(coarse[0])
                    .as("partitions that were read by their coarse tiles")
                    .isPositive();
        }
    }

    @Test
    void whatIsOldComesOutOnceAndWhatIsNewTwice() {
        GroupByPlan plan = GroupByPlan.compile(FlightsLike.definition(Accuracy.TEMPORAL), FlightsLike.ROW);
        List<ModelEvent> events = FlightsLike.events(new SplittableRandom(5), 200, B - DAY_MS, B);
        assertThat(tiles(plan, events, B + 20 * DAY_MS))
                .hasSize(1)
                .allMatch(tile -> tile.grain() == Grain.BOTH && tile.startMs() == B - DAY_MS && tile.rows() == 200);
        List<Tile> young = tiles(plan, events, B);
        assertThat(young).filteredOn(tile -> tile.grain() == Grain.COARSE).hasSize(1);
        assertThat(young)
                .filteredOn(tile -> tile.grain() == Grain.FINE)
                .hasSizeGreaterThan(24)
                .allMatch(tile -> tile.startMs() % (tile.startMs() < B - DAY_MS / 4 ? 3_600_000 : 300_000) == 0);
        assertThat(young).noneMatch(tile -> tile.grain() == Grain.BOTH);
    }

    @Test
    void timesWithoutMeaningAreStillInOrder() {
        GroupByPlan plan = GroupByPlan.compile(FlightsLike.definition(Accuracy.TEMPORAL), FlightsLike.ROW);
        PartitionTiles.Grid grid = new PartitionTiles.Grid(plan, B);
        assertThat(grid.isCoarseEnough(Long.MAX_VALUE)).isFalse();
        assertThat(grid.isCoarseEnough(Long.MIN_VALUE)).isTrue();
        List<Long> starts = new ArrayList<>();
        PartitionTiles tiles = new PartitionTiles(plan, grid, (grain, startMs, rows, tile) -> starts.add(startMs));
        tiles.start();
        tiles.count(Long.MAX_VALUE);
        tiles.count(Long.MIN_VALUE);
        tiles.finish();
        assertThat(starts).hasSize(3).isSortedAccordingTo(Comparator.reverseOrder());
        assertThat(starts.get(1)).isGreaterThan(B);
        assertThat(starts.get(2)).isNegative();
    }

    @Test
    void rowsMustComeNewestFirst() {
        GroupByPlan plan = GroupByPlan.compile(FlightsLike.definition(Accuracy.TEMPORAL), FlightsLike.ROW);
        PartitionTiles tiles =
                new PartitionTiles(plan, new PartitionTiles.Grid(plan, B), (grain, startMs, rows, tile) -> {});
        tiles.start();
        tiles.count(B - 5);
        assertThatThrownBy(() -> tiles.count(B - 4)).hasMessageContaining("newest first");
    }

    /** Each event in one of a few partitions, most in one with its neighbours. */
    private static List<List<ModelEvent>> partitions(List<ModelEvent> events, SplittableRandom random) {
        List<List<ModelEvent>> partitions = new ArrayList<>();
        for (int i = 0; i < 36; i++) {
            partitions.add(new ArrayList<>());
        }
        for (ModelEvent event : events) {
            int day = (int) ((B + 2 * DAY_MS - 1 - event.timeMs()) / DAY_MS);
            partitions.get(random.nextInt(8) == 0 ? random.nextInt(36) : day).add(event);
        }
        return partitions;
    }

    private static List<Tile> tiles(GroupByPlan plan, List<ModelEvent> newestFirst, long batchEndMs) {
        List<Tile> given = new ArrayList<>();
        PartitionTiles tiles = new PartitionTiles(
                plan,
                new PartitionTiles.Grid(plan, batchEndMs),
                (grain, startMs, rows, tile) -> given.add(new Tile(grain, startMs, rows, bytes(tile))));
        tiles.start();
        for (ModelEvent event : newestFirst) {
            tiles.add(ROWS.row(event), event.timeMs());
        }
        tiles.finish();
        return given;
    }

    /** As a reader at B takes them. */
    private static List<Tile> read(GroupByPlan plan, List<Tile> tiles, List<ModelEvent> newestFirst, int[] coarse) {
        boolean isCoarse = !newestFirst.isEmpty()
                && new PartitionTiles.Grid(plan, B)
                        .isCoarseEnough(newestFirst.get(0).timeMs());
        coarse[0] += isCoarse && tiles.stream().anyMatch(tile -> tile.grain() == Grain.COARSE) ? 1 : 0;
        Grain other = isCoarse ? Grain.COARSE : Grain.FINE;
        return tiles.stream()
                .filter(tile -> tile.grain() == Grain.BOTH || tile.grain() == other)
                .toList();
    }

    private static byte[] record(GroupByPlan plan, BaseRecordBuilder builder, List<Tile> newestFirst) {
        start(builder);
        for (Tile tile : newestFirst) {
            if (tile.startMs() < B && tile.startMs() >= plan.tail(B)) {
                builder.addTile(new UnsafeBuffer(tile.bytes()), 0, tile.startMs());
            }
        }
        return finish(builder);
    }

    private static byte[] recordOfEvents(GroupByPlan plan, BaseRecordBuilder builder, List<ModelEvent> newestFirst) {
        start(builder);
        for (ModelEvent event : newestFirst) {
            if (event.timeMs() < B && event.timeMs() >= plan.tail(B)) {
                builder.add(ROWS.row(event), event.timeMs());
            }
        }
        return finish(builder);
    }

    private static void start(BaseRecordBuilder builder) {
        KeyEncoder key = new KeyEncoder().putString("JFK");
        builder.start(key.buffer(), 0, key.length());
    }

    private static byte[] finish(BaseRecordBuilder builder) {
        byte[] bytes = new byte[builder.finish()];
        builder.buffer().getBytes(0, bytes);
        return bytes;
    }

    private static byte[] bytes(TileBuffer tile) {
        byte[] bytes = new byte[tile.compactLength()];
        Arrays.fill(bytes, (byte) 0x5A);
        tile.writeTo(new UnsafeBuffer(bytes), 0);
        return bytes;
    }
}
