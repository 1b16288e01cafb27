package io.tilefold.core.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.algebra.ModelRows;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.testsupport.ModelEvent;
import io.tilefold.testsupport.Seeds;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Records of tiles that a table made of rows in any order, beside records of the rows themselves: equal bytes. */
class TileTableTest {
    private static final long DAY_MS = FlightsLike.DAY_MS;
    private static final long B = 11_363L * DAY_MS;
    private static final ModelRows ROWS = new ModelRows(FlightsLike.ROW);

    private record Tile(String key, long startMs, byte[] bytes) {}

    private record Arrival(String key, ModelEvent event) {}

    @Test
    void aRecordOfTilesEqualsOneOfRowsHoweverOftenTheTableWasFull() {
        for (Accuracy accuracy : Accuracy.values()) {
            GroupByPlan plan = plan(accuracy, FlightsLike.WINDOWS);
            Seeds.forEach(60, random -> {
                Map<String, List<ModelEvent>> newestFirst = new LinkedHashMap<>();
                // Keys of no, one and several times eight bytes, and such as begin alike.
                for (String key :
                        List.of("", "JFK", "JFKJFK-LAXLAX", "JFKJFK-LAXLAY", "a key of thirty-three characters.")) {
                    newestFirst.put(key, FlightsLike.events(random, random.nextInt(1, 150), B - 34 * DAY_MS, B));
                }
                List<Tile> tiles = fold(plan, shuffled(newestFirst, plan, random), 1 << random.nextInt(8, 17));
                newestFirst.forEach((key, events) ->
                        assertThat(record(plan, key, tiles)).isEqualTo(recordOfRows(plan, key, events)));
            });
        }
    }

    @Test
    void aHopOfAKeyIsOneTileUntilTheTableIsFull() {
        GroupByPlan plan = plan(Accuracy.TEMPORAL, "1h", "30d");
        TileTable table = new TileTable(plan, B, 1 << 20);
        KeyEncoder key = new KeyEncoder();
        ModelEvent event =
                FlightsLike.events(new SplittableRandom(1), 1, B - 1, B).get(0);
        for (int i = 0; i < 3_000; i++) {
            long timeMs = B - 3 * DAY_MS + i; // a day's hop, that old
            table.add(key.reset().putLong(i % 700), ROWS.row(event), timeMs);
        }
        assertThat(table.size()).isEqualTo(700);
        assertThat(table.rows()).isEqualTo(3_000);
        assertThat(table.isFull()).isFalse();
        for (int i = 0; !table.isFull(); i++) {
            table.add(key.reset().putLong(i), ROWS.row(event), B - 1);
        }
        int size = table.size();
        assertThat(size * 40L).isBetween(700L * 40, 1L << 20);
        int given = 0;
        while (table.next()) {
            given++;
            assertThat(table.startMs()).isIn(B - 3 * DAY_MS, B - 300_000);
        }
        assertThat(given).isEqualTo(size);
        assertThat(table.size()).isZero();
        assertThat(table.rows()).isZero();
        assertThat(table.isFull()).isFalse();
        assertThat(table.next()).isFalse();
    }

    @Test
    void statesThatGrowAreRefused() {
        GroupByPlan plan = GroupByPlan.compile(FlightsLike.definition(Accuracy.TEMPORAL), FlightsLike.ROW);
        assertThatThrownBy(() -> new TileTable(plan, B, 1 << 20))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("GroupBy flights_like has states of no fixed length");
    }

    private static GroupByPlan plan(Accuracy accuracy, String... windows) {
        GroupBy.Builder builder = GroupBy.builder("fixed")
                .source(Source.events(
                        "flights", Query.builder().timeColumn("ts").build()))
                .keys("origin")
                .accuracy(accuracy);
        for (String operation : List.of("count", "sum", "average", "min", "max", "first", "last")) {
            builder.aggregate(Aggregation.of(operation, "delay").windows(windows));
            builder.aggregate(Aggregation.of(operation, "delay"));
        }
        builder.aggregate(Aggregation.of("last_k", "delay").k(3).windows(windows));
        return GroupByPlan.compile(builder.build(), FlightsLike.ROW);
    }

    private static List<Arrival> shuffled(
            Map<String, List<ModelEvent>> newestFirst, GroupByPlan plan, SplittableRandom random) {
        List<Arrival> arrivals = new ArrayList<>();
        newestFirst.forEach((key, events) -> events.stream()
                .filter(event -> event.timeMs() >= plan.tail(B))
                .forEach(event -> arrivals.add(new Arrival(key, event))));
        java.util.Collections.shuffle(arrivals, new java.util.Random(random.nextLong()));
        return arrivals;
    }

    private static List<Tile> fold(GroupByPlan plan, List<Arrival> arrivals, int bytes) {
        List<Tile> tiles = new ArrayList<>();
        TileTable table = new TileTable(plan, B, bytes);
        KeyEncoder key = new KeyEncoder();
        for (Arrival arrival : arrivals) {
            table.add(
                    key.reset().putString(arrival.key()),
                    ROWS.row(arrival.event()),
                    arrival.event().timeMs());
            if (table.isFull()) {
                take(table, tiles);
            }
        }
        take(table, tiles);
        return tiles;
    }

    private static void take(TileTable table, List<Tile> tiles) {
        while (table.next()) {
            UnsafeBuffer key = new UnsafeBuffer(table.key());
            assertThat(table.keyHash()).isEqualTo(io.tilefold.core.key.KeyHash.hash(key, 0, key.capacity()));
            String text = key.getStringWithoutLengthUtf8(5, key.capacity() - 5);
            tiles.add(new Tile(text, table.startMs(), table.tile()));
        }
    }

    private static byte[] record(GroupByPlan plan, String key, List<Tile> tiles) {
        BaseRecordBuilder builder = started(plan, key);
        tiles.stream()
                .filter(tile -> tile.key().equals(key))
                .sorted(Comparator.comparingLong(Tile::startMs).reversed())
                .forEach(tile -> {
                    UnsafeBuffer bytes = new UnsafeBuffer(tile.bytes());
                    assertThat(plan.tiles().verify(bytes, 0, bytes.capacity())).isEqualTo(bytes.capacity());
                    builder.addTile(bytes, 0, tile.startMs());
                });
        return finished(builder);
    }

    private static byte[] recordOfRows(GroupByPlan plan, String key, List<ModelEvent> newestFirst) {
        BaseRecordBuilder builder = started(plan, key);
        newestFirst.stream()
                .filter(event -> event.timeMs() >= plan.tail(B))
                .forEach(event -> builder.add(ROWS.row(event), event.timeMs()));
        return finished(builder);
    }

    private static BaseRecordBuilder started(GroupByPlan plan, String key) {
        BaseRecordBuilder builder = new BaseRecordBuilder(plan, B);
        KeyEncoder encoded = new KeyEncoder().putString(key);
        builder.start(encoded.buffer(), 0, encoded.length());
        return builder;
    }

    private static byte[] finished(BaseRecordBuilder builder) {
        byte[] bytes = new byte[builder.finish()];
        builder.buffer().getBytes(0, bytes);
        return bytes;
    }
}
