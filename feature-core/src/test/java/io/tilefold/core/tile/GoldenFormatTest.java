package io.tilefold.core.tile;

import io.tilefold.core.GoldenHex;
import io.tilefold.core.algebra.ModelRows;
import io.tilefold.core.algebra.TileBuffer;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.plan.BaseRecordBuilder;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.ModelEvent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.List;
import java.util.Map;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/**
 * The durable bytes, against annotated hex in {@code src/test/resources/golden}. A difference here is a new format version: bump it in the layout class, keep the
 * old file, say in docs/formats what an older reader would get wrong.
 */
class GoldenFormatTest {
    private static final long DAY_MS = 86_400_000L;
    private static final long B = 11_363 * DAY_MS; // 2001-02-10
    private static final Schema ROW = Schema.of(
            new Field("origin", Scalar.STRING),
            new Field("delay", Scalar.INT),
            new Field("destination", Scalar.STRING));
    private static final GroupByPlan PLAN = GroupByPlan.compile(
            GroupBy.builder("golden")
                    .source(Source.events(
                            "t", "t", Query.builder().timeColumn("ts").build()))
                    .keys("origin")
                    .aggregate(Aggregation.of("count", "delay").windows("1d"))
                    .aggregate(Aggregation.of("sum", "delay").windows("30d"))
                    .aggregate(Aggregation.of("last", "delay"))
                    .aggregate(Aggregation.of("top_k", "delay").k(2))
                    .aggregate(Aggregation.of("last_k", "destination").k(2))
                    .aggregate(Aggregation.of("unique_count", "destination"))
                    .aggregate(Aggregation.of("average", "delay").buckets("destination"))
                    .build(),
            ROW);
    private static final List<ModelEvent> NEWEST_FIRST =
            List.of(event(B - 1, -5, "LAX"), event(B - 90_000, 17, "SFO"), event(B - 3 * DAY_MS, 260, "LAX"));

    private static ModelEvent event(long timeMs, long delay, String destination) {
        return new ModelEvent(timeMs, Map.of("origin", "JFK", "delay", delay, "destination", destination));
    }

    @Test
    void flatRow() {
        DirectBuffer row = new ModelRows(ROW).row(NEWEST_FIRST.get(0)).buffer();
        assertGolden("flat-row-v1", row, row.capacity());
    }

    @Test
    void nestedRow() {
        FlatRowWriter row = new FlatRowWriter(3);
        row.beginList(0, 3).putLong(0, 7).putLong(2, -1).end();
        row.beginMap(1, 2).putString(0, "b").putDouble(1, 1.5).putString(2, "a").end();
        row.beginStruct(2, 2).putString(0, "JFK").beginList(1, 0).end().end();
        assertGolden("nested-row-v1", row.buffer(), row.finish());
    }

    @Test
    void tile() {
        TileBuffer tile = new TileBuffer(PLAN.tiles());
        ModelRows rows = new ModelRows(ROW);
        NEWEST_FIRST.forEach(event -> tile.update(rows.row(event), event.timeMs()));
        UnsafeBuffer bytes = new UnsafeBuffer(new byte[tile.compactLength()]);
        assertGolden("tile-v3", bytes, tile.writeTo(bytes, 0));
    }

    @Test
    void segment() throws IOException {
        BaseRecordBuilder builder = new BaseRecordBuilder(PLAN, B);
        KeyEncoder key = new KeyEncoder().putString("JFK");
        builder.start(key.buffer(), 0, key.length());
        ModelRows rows = new ModelRows(ROW);
        NEWEST_FIRST.forEach(event -> builder.add(rows.row(event), event.timeMs()));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DefinitionId id = new DefinitionId("00112233445566778899aabbccddeeff".repeat(2));
        SegmentWriter writer = new SegmentWriter(new SegmentHeader(id, 7, 0, 1, B), Channels.newChannel(bytes));
        writer.append(builder.buffer(), 0, builder.finish());
        writer.finish();
        assertGolden("segment-v1-tile-v3", new UnsafeBuffer(bytes.toByteArray()), bytes.size());
    }

    private static void assertGolden(String name, DirectBuffer actual, int length) {
        GoldenHex.assertGolden(name, GoldenHex.dump(actual, length));
    }
}
