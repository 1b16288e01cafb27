package io.tilefold.store;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.core.value.ObjectSink;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Reads keys that a writer is changing and checks each answer against what must hold whenever it is read: per window, count = sum of ones =
 * sum over buckets; every event carries its key's number; and a count never goes back between two reads of this reader, except that another
 * generation may be.
 */
final class InvariantReader {
    private final TileStoreReader reader;
    private final ActiveGroupBy groupBy;
    private final int keys;
    private final long q;
    private final SplittableRandom random;
    private final KeyEncoder key = new KeyEncoder();
    private final WindowFold fold;
    private final long[] counts;
    private @Nullable StoreView view;
    private @Nullable KeyReader keyReader;
    private long found;
    private long notFound;
    private long conflicts;
    private @Nullable String violation;

    InvariantReader(TileStoreReader reader, ActiveGroupBy groupBy, int keys, long q, long seed) {
        this.reader = reader;
        this.groupBy = groupBy;
        this.keys = keys;
        this.q = q;
        this.random = new SplittableRandom(seed);
        this.fold = new WindowFold(groupBy.plan());
        this.counts = new long[keys];
    }

    static String user(int number) {
        return "user-" + number;
    }

    /** The GroupBy whose outputs this understands, by the first digit of its id. */
    static ActiveGroupBy groupBy(String name) {
        return List.of(TestGroupBys.INVARIANT, TestGroupBys.FIXED_INVARIANT).stream()
                .filter(candidate -> candidate.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    void readOnce() {
        int number = Math.min(random.nextInt(keys), random.nextInt(keys));
        key.reset().putString(user(number));
        keyReader().bringNear(new long[] {key.hash()}, 0, 1);
        ReadResult result = keyReader().fold(key.buffer(), 0, key.length(), key.hash(), q, fold);
        switch (result) {
            case FOUND -> {
                found++;
                check(number);
            }
            case NOT_FOUND -> {
                notFound++;
                if (counts[number] > 0) {
                    violate("user " + number + " was found with count " + counts[number] + " and is gone");
                }
            }
            case CONFLICT -> {
                conflicts++;
                view = null; // outdated, perhaps
            }
            case BASE_MISSING, KEY_STALE, KEY_FULL -> violate("user " + number + ": " + result);
        }
    }

    private KeyReader keyReader() {
        StoreView now = reader.view();
        KeyReader known = keyReader;
        if (known != null && now == view) {
            return known;
        }
        view = now;
        DefinitionId id = groupBy.id();
        GroupByView groupByView = now.groupBy(id);
        if (groupByView == null) {
            throw new IllegalStateException("no GroupBy " + id);
        }
        known = groupByView.newKeyReader();
        keyReader = known;
        return known;
    }

    private void check(int number) {
        Map<String, Object> values = new HashMap<>();
        List<GroupByPlan.Output> outputs = groupBy.plan().outputs();
        for (int i = 0; i < outputs.size(); i++) {
            ObjectSink sink = new ObjectSink().next(outputs.get(i).type());
            fold.emit(i, sink);
            Object value = sink.values().get(0);
            if (value != null) {
                values.put(outputs.get(i).name(), value);
            }
        }
        for (String window : new String[] {"1h", "1d", "30d"}) {
            check(number, window, values);
        }
        long count = (Long) values.getOrDefault("amount_count_30d", 0L);
        if (count < counts[number]) {
            violate("user " + number + " went back from " + counts[number] + " to " + count);
        }
        counts[number] = count;
    }

    private void check(int number, String window, Map<String, Object> values) {
        Object count = values.get("amount_count_" + window);
        Object sum = values.get("amount_sum_" + window);
        Object least = values.get("price_min_" + window);
        Object most = values.get("price_max_" + window);
        Double own = count == null ? null : Double.valueOf(number);
        boolean holds = java.util.Objects.equals(count, sum)
                && java.util.Objects.equals(least, own)
                && java.util.Objects.equals(most, own);
        if (groupBy.equals(TestGroupBys.INVARIANT)) {
            Object buckets = values.get("amount_count_" + window + "_by_merchant");
            long total = buckets instanceof Map<?, ?> map
                    ? map.values().stream().mapToLong(value -> (Long) value).sum()
                    : 0;
            holds &= total == (count == null ? 0 : (Long) count);
        }
        if (!holds) {
            violate("user " + number + ", " + window + ": " + values);
        }
    }

    private void violate(String what) {
        if (violation == null) {
            violation = what;
        }
    }

    /** The first violation. */
    @Nullable String violation() {
        return violation;
    }

    long found() {
        return found;
    }

    long conflicts() {
        return conflicts;
    }

    String summary() {
        return "found=" + found + " notFound=" + notFound + " conflicts=" + conflicts + " violation=" + violation;
    }
}
