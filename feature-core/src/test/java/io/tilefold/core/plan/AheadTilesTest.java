package io.tilefold.core.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.algebra.ModelRows;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.tile.BaseRecord;
import io.tilefold.core.tile.SegmentHeader;
import io.tilefold.core.tile.SegmentReader;
import io.tilefold.core.tile.SegmentStructure;
import io.tilefold.core.tile.SegmentWriter;
import io.tilefold.core.time.Hop;
import io.tilefold.core.value.ObjectSink;
import io.tilefold.testsupport.ModelEvent;
import io.tilefold.testsupport.Seeds;
import io.tilefold.testsupport.SlowModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Base records of entities that mutate: what lies ahead of the batch end is in a tile of its five minutes and in all of history, against the slow model. */
class AheadTilesTest {
    private static final long DAY_MS = FlightsLike.DAY_MS;
    private static final long B = 11_363L * DAY_MS;
    private static final ModelRows ROWS = new ModelRows(FlightsLike.ROW);
    private static final KeyEncoder KEY = new KeyEncoder().putString("JFK");

    private static GroupByPlan plan(Predicate<Aggregation> kept) {
        return plan(FlightsLike.definition(Accuracy.TEMPORAL).aggregations().stream()
                .filter(kept)
                .toList());
    }

    private static GroupByPlan plan(Aggregation.Builder... aggregations) {
        return plan(Arrays.stream(aggregations).map(Aggregation.Builder::build).toList());
    }

    private static GroupByPlan plan(List<Aggregation> aggregations) {
        GroupBy.Builder definition = GroupBy.builder("mutated")
                .source(new Source.Entities(
                        "snapshots",
                        Optional.of("mutations"),
                        Optional.of("mutations"),
                        Query.builder().timeColumn("ts").build()))
                .keys("origin")
                .accuracy(Accuracy.TEMPORAL);
        aggregations.forEach(definition::aggregate);
        return GroupByPlan.compile(definition.build(), FlightsLike.ROW);
    }

    @Test
    void eachFiveMinutesAheadHaveTheirRowsAloneAndAllOfHistoryHasAll() {
        GroupByPlan all = plan(aggregation -> true);
        GroupByPlan windowed = plan(aggregation -> !aggregation.windows().isEmpty());
        Seeds.forEach(60, random -> {
            for (GroupByPlan plan : List.of(all, windowed)) {
                List<ModelEvent> past = FlightsLike.events(random, random.nextInt(60), B - 34 * DAY_MS, B);
                List<ModelEvent> ahead = FlightsLike.events(
                        random, random.nextInt(1, 60), B, B + random.nextLong(1_000_000, 3 * DAY_MS));
                List<ModelEvent> history = FlightsLike.events(random, random.nextInt(4), 0, 2 * B);
                BaseRecord record = record(plan, ahead, past, plan.hasUnbounded() ? history : List.of());

                TreeMap<Long, List<ModelEvent>> hops = new TreeMap<>();
                for (ModelEvent event : ahead) {
                    hops.computeIfAbsent(event.timeMs() / 300_000 * 300_000, hop -> new ArrayList<>())
                            .add(event);
                }
                assertThat(aheadStarts(record)).containsExactlyElementsOf(hops.keySet());
                hops.forEach((startMs, rows) ->
                        assertValues(plan, record.buffer(), record.suffix(Hop.FIVE_MINUTES, startMs / 300_000), rows));
                if (plan.hasUnbounded()) {
                    List<ModelEvent> every = new ArrayList<>(ahead);
                    every.addAll(past);
                    every.addAll(history);
                    assertValues(plan, record.buffer(), record.all(), every);
                }
                assertThat(suffixes(record)).isEqualTo(suffixes(record(plan, List.of(), past, List.of())));
            }
        });
    }

    @Test
    void theyAreThereWhateverTheHopsOfTheWindows() {
        List<ModelEvent> ahead = List.of(event(B + 7 * 300_000, 3), event(B + 1, 2), event(B, 1));
        GroupByPlan days = plan(Aggregation.of("sum", "delay").windows("30d"));
        BaseRecord record = record(days, ahead, List.of(), List.of());
        assertThat(record.isEmpty()).isFalse();
        assertThat(record.suffixCount(Hop.DAY)).isZero();
        assertThat(record.suffixCount(Hop.HOUR)).isZero();
        assertThat(aheadStarts(record)).containsExactly(B, B + 7 * 300_000);

        GroupByPlan history = plan(Aggregation.of("sum", "delay"));
        BaseRecord whole = record(history, ahead, List.of(event(B - 1, 10)), List.of());
        assertThat(aheadStarts(whole)).as("no window asks").isEmpty();
        assertThat(values(history, whole.buffer(), whole.all())).containsExactly(16L);
    }

    @Test
    void segmentsOfSuchRecordsAreSound() throws IOException {
        GroupByPlan plan = plan(aggregation -> true);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        SegmentHeader header = new SegmentHeader(new DefinitionId("0123456789abcdef".repeat(4)), 7, 0, 1, B);
        SegmentWriter writer = new SegmentWriter(header, Channels.newChannel(bytes));
        BaseRecord record = record(plan, List.of(event(B + DAY_MS, 3), event(B, 1)), List.of(), List.of());
        writer.append(record.buffer(), 0, record.length());
        writer.finish();
        SegmentReader segment = new SegmentReader(new UnsafeBuffer(bytes.toByteArray()), "test");
        segment.verify();
        assertThat(new SegmentStructure(segment, "test").check(length -> {})).isEqualTo(1);
    }

    @Test
    void aRecordsBoundHoldsAheadToo() {
        GroupByPlan plan =
                plan(Aggregation.of("last", "destination").windows("1d"), Aggregation.of("count", "destination"));
        String half = "x".repeat(500_000);
        List<ModelEvent> ahead = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            ahead.add(new ModelEvent(B + (200 - i) * 300_000L, Map.of("origin", "JFK", "destination", half + i)));
        }
        BaseRecordBuilder builder = new BaseRecordBuilder(plan, B);
        BaseRecord record = record(builder, ahead, List.of(), List.of());
        assertThat(record.length()).isLessThan(BaseRecordBuilder.MAX_BLOBS_LENGTH + (1 << 20));
        assertThat(builder.hasOverflow()).isTrue();
        assertThat(builder.hasOverflow(plan.outputs().get(0).state())).isTrue();
        assertThat(builder.hasOverflow(plan.outputs().get(1).state())).isFalse();
        assertThat(aheadStarts(record))
                .as("each is there, the oldest without text")
                .hasSize(200);
        record(builder, ahead.subList(0, 10), List.of(), List.of());
        assertThat(builder.hasOverflow()).isFalse();
    }

    @Test
    void rowsAheadComeFirstNewestFirstAndOnlyOfMutations() {
        BaseRecordBuilder builder = new BaseRecordBuilder(plan(Aggregation.of("sum", "delay")), B);
        builder.start(KEY.buffer(), 0, KEY.length());
        assertThatThrownBy(() -> builder.addAhead(ROWS.row(event(B, 1)), B - 1))
                .hasMessageContaining("rows ahead of the batch end " + B + " come before all others");
        builder.addAhead(ROWS.row(event(B, 1)), B + 5);
        assertThatThrownBy(() -> builder.addAhead(ROWS.row(event(B, 1)), B + 6))
                .hasMessageContaining("rows come newest first");
        builder.add(ROWS.row(event(B, 1)), B - 5);
        assertThatThrownBy(() -> builder.addAhead(ROWS.row(event(B, 1)), B))
                .hasMessageContaining("come before all others");
        GroupByPlan events = GroupByPlan.compile(FlightsLike.definition(Accuracy.TEMPORAL), FlightsLike.ROW);
        assertThatThrownBy(() -> new BaseRecordBuilder(events, B).addAhead(ROWS.row(event(B, 1)), B))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("GroupBy flights_like is of no mutations");
    }

    private static ModelEvent event(long timeMs, long delay) {
        return new ModelEvent(timeMs, Map.of("origin", "JFK", "delay", delay, "destination", "SFO"));
    }

    private static BaseRecord record(
            GroupByPlan plan, List<ModelEvent> ahead, List<ModelEvent> past, List<ModelEvent> history) {
        return record(new BaseRecordBuilder(plan, B), ahead, past, history);
    }

    private static BaseRecord record(
            BaseRecordBuilder builder, List<ModelEvent> ahead, List<ModelEvent> past, List<ModelEvent> history) {
        builder.start(KEY.buffer(), 0, KEY.length());
        ahead.forEach(event -> builder.addAhead(ROWS.row(event), event.timeMs()));
        past.forEach(event -> builder.add(ROWS.row(event), event.timeMs()));
        history.forEach(event -> builder.addToHistory(ROWS.row(event), event.timeMs()));
        byte[] bytes = new byte[builder.finish()];
        builder.buffer().getBytes(0, bytes);
        return new BaseRecord().wrap(new UnsafeBuffer(bytes), 0);
    }

    private static List<Long> aheadStarts(BaseRecord record) {
        return starts(record, Hop.FIVE_MINUTES).stream()
                .filter(startMs -> startMs >= B)
                .toList();
    }

    private static List<Long> starts(BaseRecord record, Hop hop) {
        List<Long> starts = new ArrayList<>();
        for (int i = 0; i < record.suffixCount(hop); i++) {
            starts.add(record.suffixStart(hop, i));
        }
        return starts;
    }

    /** What the suffixes before the batch end hold: by hop and start, the tile's bytes. */
    private static Map<String, String> suffixes(BaseRecord record) {
        Map<String, String> suffixes = new TreeMap<>();
        for (Hop hop : Hop.values()) {
            for (long startMs : starts(record, hop)) {
                if (startMs < B) {
                    int tile = record.suffix(hop, startMs / hop.lengthMs());
                    byte[] bytes = new byte[record.buffer().getInt(tile, java.nio.ByteOrder.LITTLE_ENDIAN)];
                    record.buffer().getBytes(tile, bytes);
                    suffixes.put(hop + " " + startMs, Arrays.toString(bytes));
                }
            }
        }
        return suffixes;
    }

    private static void assertValues(GroupByPlan plan, DirectBuffer buffer, int tile, List<ModelEvent> rows) {
        List<Object> values = values(plan, buffer, tile);
        for (int i = 0; i < plan.outputs().size(); i++) {
            FlightsLike.Feature feature = FlightsLike.FEATURES.get(
                    i * FlightsLike.FEATURES.size() / plan.outputs().size());
            assertThat(values.get(i))
                    .as(plan.outputs().get(i).name())
                    .isEqualTo(SlowModel.aggregate(
                            rows, feature.operation(), feature.k(), feature.input(), feature.bucket()));
        }
    }

    /** Every output of one tile, whatever its window. */
    private static List<Object> values(GroupByPlan plan, DirectBuffer buffer, int tile) {
        ObjectSink sink = new ObjectSink();
        for (GroupByPlan.Output output : plan.outputs()) {
            output.accumulator()
                    .finish(buffer, tile, tile + plan.tiles().offset(output.state()), sink.next(output.type()));
        }
        return sink.values();
    }
}
