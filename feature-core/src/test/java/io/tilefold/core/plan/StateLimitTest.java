package io.tilefold.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.tilefold.core.algebra.TileLayout;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.tile.BaseRecord;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueSink;
import io.tilefold.core.value.ValueType.Scalar;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A key with more distinct values than any state may hold: an answer, and no more memory than a record's bounds, however many events there are. */
class StateLimitTest {
    private static final long DAY_MS = 86_400_000L;
    private static final long B = 11_363 * DAY_MS;
    private static final int EVENTS = 10_000_000;
    private static final int PER_DAY = EVENTS / 25;

    /** What may be allocated for one key: its record's states at their bounds, twice while a buffer grows, and what it is built in. */
    private static final long ALLOCATED_MAX = 3L * BaseRecordBuilder.MAX_BLOBS_LENGTH;

    private static final Schema ROW = Schema.of(new Field("user", Scalar.LONG), new Field("item", Scalar.LONG));
    private static final GroupByPlan PLAN = GroupByPlan.compile(
            GroupBy.builder("limits")
                    .source(Source.events(
                            "t", "t", Query.builder().timeColumn("ts").build()))
                    .keys("user")
                    .aggregate(Aggregation.of("unique_count", "item").windows("1h", "30d"))
                    .aggregate(Aggregation.of("unique_count", "item"))
                    .aggregate(Aggregation.of("count", "item").windows("30d"))
                    .build(),
            ROW);

    @Test
    void tenMillionDistinctValuesOfOneKey() {
        long before = allocated();
        BaseRecordBuilder records = new BaseRecordBuilder(PLAN, B);
        KeyEncoder key = new KeyEncoder().putLong(1);
        records.start(key.buffer(), 0, key.length());
        FlatRowWriter row = new FlatRowWriter(ROW.size());
        FlatRow event = new FlatRow();
        for (int i = 0; i < EVENTS; i++) {
            row.reset();
            row.putLong(0, 1).putLong(1, i * 0x9E3779B97F4A7C15L);
            int length = row.finish();
            records.add(event.wrap(row.buffer(), 0, length, ROW.size()), B - 1 - DAY_MS * i / PER_DAY);
        }
        int length = records.finish();
        assertThat(allocated() - before).isLessThan(ALLOCATED_MAX);
        assertThat(length).isLessThan(BaseRecordBuilder.MAX_BLOBS_LENGTH + TileLayout.DEFAULT_BLOB_BOUND);
        assertThat(records.hasOverflow()).isTrue();
        assertThat(records.hasOverflow(PLAN.outputs().get(0).state())).isTrue();
        assertThat(records.hasOverflow(PLAN.outputs().get(3).state())).isFalse();
        assertThat(values(new BaseRecord().wrap(records.buffer(), 0)))
                .containsExactly("longValue " + hour(), "stateLimit", "stateLimit", "longValue " + EVENTS);
    }

    /** Events of the last hour. */
    private static long hour() {
        return (PER_DAY + 23) / 24;
    }

    private static List<String> values(BaseRecord record) {
        List<String> values = new ArrayList<>();
        WindowFold fold = new WindowFold(PLAN);
        fold.fold(B, B, record, LiveTiles.NONE);
        fold.emit((ValueSink) Proxy.newProxyInstance(
                ValueSink.class.getClassLoader(), new Class<?>[] {ValueSink.class}, (proxy, method, arguments) -> {
                    values.add(arguments == null ? method.getName() : method.getName() + " " + arguments[0]);
                    return null;
                }));
        return values;
    }

    private static long allocated() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }
}
