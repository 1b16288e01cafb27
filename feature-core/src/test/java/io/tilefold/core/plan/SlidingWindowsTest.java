package io.tilefold.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.algebra.ModelRows;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.plan.KeyTiles.Scope;
import io.tilefold.core.time.Window;
import io.tilefold.core.value.ObjectSink;
import io.tilefold.testsupport.ModelAggregation;
import io.tilefold.testsupport.ModelChange;
import io.tilefold.testsupport.ModelEvent;
import io.tilefold.testsupport.Seeds;
import io.tilefold.testsupport.SlowModel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** One pass over rows and moments in the order of time against the slow model, which looks at all rows for each moment. */
class SlidingWindowsTest {
    private static final long START = 11_363L * FlightsLike.DAY_MS;

    /** A row that counts from a moment on. */
    private record Step(long fromMs, ModelChange change) {}

    @Test
    void eventsInOrderOfTimeEqualTheModelAtEveryMoment() {
        GroupByPlan plan = GroupByPlan.compile(FlightsLike.definition(Accuracy.TEMPORAL), FlightsLike.ROW);
        SlidingWindows windows = new SlidingWindows(plan);
        Seeds.forEach(40, random -> {
            long length = random.nextLong(1, 60) * FlightsLike.DAY_MS;
            List<ModelEvent> events = FlightsLike.events(random, 1 + random.nextInt(150), START, START + length);
            List<Step> steps = ModelChange.taking(events).stream()
                    .map(change -> new Step(change.event().timeMs(), change))
                    .toList();
            run(windows, steps, moments(random, events, 1 + random.nextInt(40)), START);
        });
    }

    @Test
    void rowsThatBeginToCountLateEqualTheModel() {
        GroupByPlan plan = GroupByPlan.compile(FlightsLike.definition(Accuracy.TEMPORAL), FlightsLike.ROW);
        SlidingWindows windows = new SlidingWindows(plan);
        Seeds.forEach(40, random -> {
            List<ModelEvent> events = FlightsLike.events(random, 80, START, START + 30 * FlightsLike.DAY_MS);
            List<Step> steps = ModelChange.taking(events).stream()
                    .map(change -> new Step(change.event().timeMs() + late(random), change))
                    .toList();
            run(windows, steps, moments(random, events, 40), START);
        });
    }

    @Test
    void whatIsTakenBackIsGoneFromThenOn() {
        GroupByPlan plan = GroupByPlan.compile(mutable(), FlightsLike.ROW);
        SlidingWindows windows = new SlidingWindows(plan);
        Seeds.forEach(40, random -> {
            List<ModelEvent> events = FlightsLike.events(random, 60, START, START + 20 * FlightsLike.DAY_MS);
            List<Step> steps = new ArrayList<>();
            for (ModelEvent event : events) {
                long from = event.timeMs() + late(random);
                steps.add(new Step(from, ModelChange.take(event)));
                if (random.nextInt(3) == 0) {
                    steps.add(new Step(from + late(random), ModelChange.takeBack(event)));
                }
            }
            run(windows, steps, moments(random, events, 40), START);
        });
    }

    @Test
    void aRowMayCountInAllOfHistoryAlone() {
        GroupByPlan plan = GroupByPlan.compile(FlightsLike.definition(Accuracy.TEMPORAL), FlightsLike.ROW);
        SlidingWindows windows = new SlidingWindows(plan);
        ModelEvent event = FlightsLike.events(new SplittableRandom(1), 1, START, START + 1_000)
                .get(0);
        ModelRows rows = new ModelRows(FlightsLike.ROW);
        windows.start(START);
        windows.apply(rows.row(event), START + 5_000, false, Scope.HISTORY);
        windows.fold(START + 2_000);
        for (int i = 0; i < plan.outputs().size(); i++) {
            boolean isHistory =
                    plan.windows().get(plan.outputs().get(i).window()).isUnbounded();
            assertThat(values(windows).get(i) != null).isEqualTo(isHistory);
        }
        windows.apply(rows.row(event), event.timeMs(), false, Scope.BOUNDED);
        windows.fold(START + 2_000);
        assertThat(values(windows)).doesNotContainNull();
    }

    /** The tiles that no window reaches are used again. */
    @Test
    void aLongHistoryNeedsTheMemoryOfItsLongestWindows() {
        GroupByPlan plan = GroupByPlan.compile(FlightsLike.definition(Accuracy.TEMPORAL), FlightsLike.ROW);
        SlidingWindows windows = new SlidingWindows(plan);
        ModelRows rows = new ModelRows(FlightsLike.ROW);
        List<ModelEvent> oldestFirst = new ArrayList<>(
                FlightsLike.events(new SplittableRandom(7), 40_000, START, START + 800 * FlightsLike.DAY_MS));
        oldestFirst.sort(Comparator.comparingLong(ModelEvent::timeMs));
        windows.start(START);
        oldestFirst.forEach(event -> windows.apply(rows.row(event), event.timeMs(), false, Scope.ALL));
        assertThat(windows.tileCount()).isLessThan(4_096);
        long q = START + 800 * FlightsLike.DAY_MS;
        windows.fold(q);
        assertEqualsModel(windows, ModelChange.taking(oldestFirst), q);
    }

    private static GroupBy mutable() {
        GroupBy.Builder builder = GroupBy.builder("mutable")
                .source(new Source.Entities(
                        "rows",
                        Optional.of("mutations"),
                        Optional.empty(),
                        Query.builder().timeColumn("ts").build()))
                .keys("origin")
                .accuracy(Accuracy.TEMPORAL);
        for (FlightsLike.Feature feature : FlightsLike.FEATURES) {
            Aggregation.Builder aggregation = Aggregation.of(feature.operation(), feature.input());
            if (feature.k() > 0) {
                aggregation.k(feature.k());
            }
            if (feature.bucket() != null) {
                aggregation.buckets(feature.bucket());
            }
            builder.aggregate(aggregation.windows(FlightsLike.WINDOWS));
            builder.aggregate(aggregation.windows());
        }
        return builder.build();
    }

    private static long late(SplittableRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> 0;
            case 1 -> random.nextLong(300_000);
            case 2 -> random.nextLong(FlightsLike.DAY_MS);
            default -> random.nextLong(10 * FlightsLike.DAY_MS);
        };
    }

    private static long[] moments(SplittableRandom random, List<ModelEvent> events, int count) {
        return random.longs(count)
                .map(ignored -> {
                    long timeMs = events.get(random.nextInt(events.size())).timeMs();
                    String window = FlightsLike.WINDOWS[random.nextInt(FlightsLike.WINDOWS.length)];
                    long q = random.nextBoolean()
                            ? timeMs
                            : timeMs + Window.parse(window).lengthMs();
                    return Math.max(START, q + random.nextLong(-1, 2));
                })
                .sorted()
                .toArray();
    }

    private static void run(SlidingWindows windows, List<Step> steps, long[] moments, long leastQ) {
        List<Step> inOrder = new ArrayList<>(steps);
        inOrder.sort(Comparator.comparingLong(Step::fromMs));
        ModelRows rows = new ModelRows(FlightsLike.ROW);
        windows.start(Math.min(leastQ, moments[0]));
        int next = 0;
        for (long q : moments) {
            for (; next < inOrder.size() && inOrder.get(next).fromMs() < q; next++) {
                ModelChange change = inOrder.get(next).change();
                windows.apply(rows.row(change.event()), change.event().timeMs(), change.takenBack(), Scope.ALL);
            }
            windows.fold(q);
            assertEqualsModel(
                    windows, inOrder.subList(0, next).stream().map(Step::change).toList(), q);
        }
    }

    private static List<Object> values(SlidingWindows windows) {
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < windows.plan().outputs().size(); i++) {
            ObjectSink sink =
                    new ObjectSink().next(windows.plan().outputs().get(i).type());
            windows.emit(i, sink);
            values.addAll(sink.values());
        }
        return values;
    }

    private static void assertEqualsModel(SlidingWindows windows, List<ModelChange> changes, long q) {
        List<Object> values = values(windows);
        int output = 0;
        for (FlightsLike.Feature feature : FlightsLike.FEATURES) {
            ModelAggregation asked = ModelAggregation.of(feature.operation(), feature.input())
                    .withK(feature.k())
                    .by(feature.bucket());
            for (int i = 0; i <= FlightsLike.WINDOWS.length; i++) {
                String window = i < FlightsLike.WINDOWS.length ? FlightsLike.WINDOWS[i] : "";
                assertThat(values.get(output))
                        .as("%s at %d", windows.plan().outputs().get(output).name(), q)
                        .isEqualTo(SlowModel.answer(changes, q, window, asked).value());
                output++;
            }
        }
    }
}
