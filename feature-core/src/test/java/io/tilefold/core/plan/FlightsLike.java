package io.tilefold.core.plan;

import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.ModelEvent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** A GroupBy with every kind of state and window, and random events for it. */
final class FlightsLike {
    static final Schema ROW = Schema.of(
            new Field("origin", Scalar.STRING),
            new Field("delay", Scalar.INT),
            new Field("destination", Scalar.STRING));
    static final String[] WINDOWS = {"1h", "6h", "1d", "7d", "12d", "30d"};
    static final long DAY_MS = 86_400_000L;

    private FlightsLike() {}

    record Feature(
            String operation, int k, String input, @Nullable String bucket) {}

    static final List<Feature> FEATURES = List.of(
            new Feature("count", 0, "delay", null),
            new Feature("sum", 0, "delay", null),
            new Feature("average", 0, "delay", "destination"),
            new Feature("sum", 0, "delay", "destination"),
            new Feature("average", 0, "delay", null),
            new Feature("min", 0, "destination", null),
            new Feature("last", 0, "delay", null),
            new Feature("last_k", 3, "destination", null),
            new Feature("top_k", 2, "delay", null),
            new Feature("unique_count", 0, "destination", null));

    static GroupBy definition(Accuracy accuracy) {
        GroupBy.Builder builder = GroupBy.builder("flights_like")
                .source(Source.events(
                        "flights", "flights", Query.builder().timeColumn("ts").build()))
                .keys("origin")
                .accuracy(accuracy);
        for (Feature feature : FEATURES) {
            builder.aggregate(aggregation(feature).windows(WINDOWS));
            builder.aggregate(aggregation(feature));
        }
        return builder.build();
    }

    private static Aggregation.Builder aggregation(Feature feature) {
        Aggregation.Builder builder = Aggregation.of(feature.operation(), feature.input());
        if (feature.k() > 0) {
            builder.k(feature.k());
        }
        return feature.bucket() == null ? builder : builder.buckets(feature.bucket());
    }

    /** Events of one key, newest first, many on grid points and at equal times. */
    static List<ModelEvent> events(SplittableRandom random, int count, long fromMs, long toMs) {
        List<ModelEvent> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long timeMs = random.nextLong(fromMs, toMs);
            switch (random.nextInt(4)) {
                case 0 -> timeMs = Math.floorDiv(timeMs, 300_000) * 300_000;
                case 1 -> timeMs = Math.floorDiv(timeMs, 3_600_000) * 3_600_000;
                default -> {}
            }
            Map<String, @Nullable Object> columns = new LinkedHashMap<>();
            columns.put("origin", "JFK");
            columns.put("delay", random.nextInt(10) == 0 ? null : (Object) random.nextLong(-60, 600));
            columns.put("destination", random.nextInt(10) == 0 ? null : (Object) ("D" + random.nextInt(12)));
            events.add(new ModelEvent(Math.max(timeMs, fromMs), columns));
        }
        events.sort(Comparator.comparingLong(ModelEvent::timeMs).reversed());
        return events;
    }
}
