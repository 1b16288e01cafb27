package io.tilefold.core.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.algebra.ModelRows;
import io.tilefold.core.algebra.TileBuffer;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.tile.BaseRecord;
import io.tilefold.core.time.Window;
import io.tilefold.core.value.ObjectSink;
import io.tilefold.testsupport.ModelEvent;
import io.tilefold.testsupport.Seeds;
import io.tilefold.testsupport.SlowModel;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Base record and fold against the slow model: the value at any {@code q >= B}, for every window, whatever lies where. */
class WindowFoldTest {
    private static final long B = 11_363L * FlightsLike.DAY_MS;

    /** Live as a plain list of events. */
    private static final class ListedTiles implements LiveTiles {
        private final List<ModelEvent> events;
        private final ModelRows rows = new ModelRows(FlightsLike.ROW);

        ListedTiles(List<ModelEvent> events) {
            this.events = events;
        }

        @Override
        public boolean isEmpty() {
            return events.isEmpty();
        }

        @Override
        public void mergeRange(long fromMs, long toMs, TileBuffer into) {
            assertThat(fromMs % 300_000).isZero();
            assertThat(toMs % 300_000).isZero();
            for (ModelEvent event : events) {
                if (event.timeMs() >= fromMs && event.timeMs() < toMs) {
                    into.update(rows.row(event), event.timeMs());
                }
            }
        }

        @Override
        public void forEachTile(long fromMs, long toMs, TileVisitor visitor) {
            throw new AssertionError("the fold does not ask");
        }

        @Override
        public boolean holdsFrom(long q) {
            throw new AssertionError("the fold does not ask");
        }
    }

    @Test
    void beforeAFoldThereIsNothingToEmit() {
        GroupByPlan plan = GroupByPlan.compile(FlightsLike.definition(Accuracy.TEMPORAL), FlightsLike.ROW);
        WindowFold fold = new WindowFold(plan);
        ObjectSink sink = new ObjectSink();
        assertThatThrownBy(() -> fold.emit(sink))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("emit before fold");
        assertThatThrownBy(() -> fold.emit(0, sink))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("emit before fold");
    }

    @Test
    void temporalEqualsTheModelAtEveryQ() {
        GroupByPlan plan = GroupByPlan.compile(FlightsLike.definition(Accuracy.TEMPORAL), FlightsLike.ROW);
        WindowFold fold = new WindowFold(plan);
        BaseRecordBuilder builder = new BaseRecordBuilder(plan, B);
        Seeds.forEach(60, random -> {
            long before = random.nextLong(1, 45) * FlightsLike.DAY_MS;
            List<ModelEvent> history = FlightsLike.events(random, random.nextInt(80), B - before, B);
            List<ModelEvent> live = FlightsLike.events(random, random.nextInt(40), B, B + 9 * FlightsLike.DAY_MS);
            BaseRecord base = record(builder, history);
            assertThat(base.isEmpty()).isEqualTo(history.isEmpty());
            for (int i = 0; i < 25; i++) {
                long q = moment(random, history, live);
                fold.fold(q, B, base, new ListedTiles(applied(live, q)));
                assertEqualsModel(fold, both(history, live), q);
            }
        });
    }

    @Test
    void snapshotKeepsOneSuffixForEachWindowAndServesTheValueAtB() {
        GroupByPlan plan = GroupByPlan.compile(FlightsLike.definition(Accuracy.SNAPSHOT), FlightsLike.ROW);
        GroupByPlan temporal = GroupByPlan.compile(FlightsLike.definition(Accuracy.TEMPORAL), FlightsLike.ROW);
        WindowFold fold = new WindowFold(plan);
        BaseRecordBuilder builder = new BaseRecordBuilder(plan, B);
        BaseRecordBuilder keepsAll = new BaseRecordBuilder(temporal, B);
        Seeds.forEach(40, random -> {
            List<ModelEvent> history = FlightsLike.events(random, random.nextInt(200), B - 40 * FlightsLike.DAY_MS, B);
            int allLength = record(keepsAll, history).length();
            BaseRecord base = record(builder, history);
            fold.fold(B, B, base, LiveTiles.NONE);
            assertEqualsModel(fold, history, B);
            for (io.tilefold.core.time.Hop hop : io.tilefold.core.time.Hop.values()) {
                assertThat(base.suffixCount(hop)).isLessThanOrEqualTo(2);
            }
            if (history.size() > 100) {
                assertThat(base.length()).as("what no window reads is left out").isLessThan(allLength / 2);
            }
        });
    }

    @Test
    void eventsMustComeNewestFirstAndBeforeTheBatchEnd() {
        GroupByPlan plan = GroupByPlan.compile(FlightsLike.definition(Accuracy.TEMPORAL), FlightsLike.ROW);
        BaseRecordBuilder builder = new BaseRecordBuilder(plan, B);
        ModelRows rows = new ModelRows(FlightsLike.ROW);
        ModelEvent event =
                FlightsLike.events(new SplittableRandom(1), 1, B - 10, B).get(0);
        builder.start(new KeyEncoder().putString("JFK").buffer(), 0, 8);
        builder.add(rows.row(event), B - 5);
        assertThatThrownBy(() -> builder.add(rows.row(event), B - 4)).hasMessageContaining("newest first");
        assertThatThrownBy(() -> builder.add(rows.row(event), B)).hasMessageContaining("before the batch end");
    }

    private static BaseRecord record(BaseRecordBuilder builder, List<ModelEvent> newestFirst) {
        KeyEncoder key = new KeyEncoder().putString("JFK");
        builder.start(key.buffer(), 0, key.length());
        ModelRows rows = new ModelRows(FlightsLike.ROW);
        for (ModelEvent event : newestFirst) {
            builder.add(rows.row(event), event.timeMs());
        }
        int length = builder.finish();
        BaseRecord record = new BaseRecord().wrap(builder.buffer(), 0);
        assertThat(record.length()).isEqualTo(length);
        return record;
    }

    /** What is applied when the answer's head is the whole tile that contains q: events before q here. */
    private static List<ModelEvent> applied(List<ModelEvent> live, long q) {
        return live.stream().filter(event -> event.timeMs() < q).toList();
    }

    private static long moment(SplittableRandom random, List<ModelEvent> history, List<ModelEvent> live) {
        List<ModelEvent> all = both(history, live);
        if (!all.isEmpty() && random.nextInt(3) > 0) {
            long timeMs = all.get(random.nextInt(all.size())).timeMs();
            String window = FlightsLike.WINDOWS[random.nextInt(FlightsLike.WINDOWS.length)];
            long q = random.nextBoolean()
                    ? timeMs
                    : timeMs + Window.parse(window).lengthMs();
            return Math.max(B, q + random.nextLong(-1, 2));
        }
        return random.nextLong(B, B + 40 * FlightsLike.DAY_MS);
    }

    private static List<ModelEvent> both(List<ModelEvent> history, List<ModelEvent> live) {
        List<ModelEvent> all = new ArrayList<>(history);
        all.addAll(live);
        return all;
    }

    private static void assertEqualsModel(WindowFold fold, List<ModelEvent> events, long q) {
        int output = 0;
        for (FlightsLike.Feature feature : FlightsLike.FEATURES) {
            for (int i = 0; i <= FlightsLike.WINDOWS.length; i++) {
                String window = i < FlightsLike.WINDOWS.length ? FlightsLike.WINDOWS[i] : "";
                GroupByPlan.Output planned = fold.plan().outputs().get(output);
                ObjectSink sink = new ObjectSink().next(planned.type());
                fold.emit(output++, sink);
                assertThat(sink.values())
                        .as("%s at %d", planned.name(), q)
                        .containsExactly(SlowModel.value(
                                events,
                                q,
                                window,
                                feature.operation(),
                                feature.k(),
                                feature.input(),
                                feature.bucket()));
            }
        }
    }
}
