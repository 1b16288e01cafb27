package io.tilefold.examples.flights;

import io.tilefold.core.algebra.OperationArgs;
import io.tilefold.core.algebra.TileBuffer;
import io.tilefold.core.algebra.TileList;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.plan.BaseRecordBuilder;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.plan.LiveTiles;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.core.tile.BaseRecord;
import io.tilefold.core.time.Hop;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.ObjectSink;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Every operation over the flights that leave an airport, as batch and serving compute it: a base record of what lies before the batch end, five-minute
 * tiles of the rest, and the fold of both. No process, no file.
 */
final class AlgebraOfFlights {
    static final Schema ROW = Schema.of(
            new Field("airport", Scalar.STRING),
            new Field("delay", Scalar.INT),
            new Field("ratio", Scalar.DOUBLE),
            new Field("destination", Scalar.STRING),
            new Field("numbers", new ListType(Scalar.INT)),
            new Field("words", new ListType(Scalar.STRING)),
            new Field("pair", new ListType(Scalar.INT)),
            new Field("by_name", new MapType(Scalar.INT)));

    private static final long FIVE_MINUTES_MS = 300_000;
    private static final String[] WINDOWS = {"1h", "6h", "1d", "7d", "30d"};
    static final List<Double> PERCENTILES = List.of(0.5, 0.9, 0.99, 0.0, 1.0);

    private static final GroupBy DEFINITION = definition();

    private final GroupByPlan plan = GroupByPlan.compile(DEFINITION, ROW);
    private final WindowFold fold = new WindowFold(plan);
    private final BaseRecordBuilder builder;
    private final long batchEndMs;
    private final Map<String, BaseRecord> bases = new HashMap<>();
    private final Map<String, Tiles> lives = new HashMap<>();

    AlgebraOfFlights(long batchEndMs) {
        this.batchEndMs = batchEndMs;
        this.builder = new BaseRecordBuilder(plan, batchEndMs);
    }

    /** Names of the operations asked. */
    static Set<String> operations() {
        return DEFINITION.aggregations().stream().map(Aggregation::operation).collect(Collectors.toSet());
    }

    private static GroupBy definition() {
        GroupBy.Builder builder = GroupBy.builder("algebra_of_flights")
                .source(Source.events(
                        "flights", "flights", Query.builder().timeColumn("ts").build()))
                .keys("airport")
                .accuracy(Accuracy.TEMPORAL);
        for (String operation : List.of(
                "count",
                "sum",
                "average",
                "variance",
                "skew",
                "kurtosis",
                "min",
                "max",
                "first",
                "last",
                "unique_count",
                "bounded_unique_count")) {
            add(builder, Aggregation.of(operation, "delay"));
        }
        add(builder, Aggregation.of("first_k", "delay").k(4));
        add(builder, Aggregation.of("last_k", "delay").k(4));
        add(builder, Aggregation.of("top_k", "delay").k(3));
        add(builder, Aggregation.of("bottom_k", "delay").k(3));
        add(
                builder,
                Aggregation.of("approx_percentile", "delay")
                        .args(new OperationArgs(OptionalInt.empty(), PERCENTILES, OptionalInt.empty())));
        for (String operation : List.of("sum", "average", "min", "variance")) {
            add(builder, Aggregation.of(operation, "ratio"));
        }
        add(builder, Aggregation.of("top_k", "ratio").k(2));
        for (String operation : List.of(
                "count",
                "min",
                "max",
                "first",
                "last",
                "unique_count",
                "bounded_unique_count",
                "approx_unique_count",
                "histogram")) {
            add(builder, Aggregation.of(operation, "destination"));
        }
        add(builder, Aggregation.of("last_k", "destination").k(6));
        add(builder, Aggregation.of("top_k", "destination").k(2));
        add(builder, Aggregation.of("bottom_k", "destination").k(2));
        for (String operation : List.of("average", "variance", "unique_count")) {
            add(builder, Aggregation.of(operation, "delay").buckets("destination"));
        }
        add(builder, Aggregation.of("top_k", "delay").k(3).buckets("destination"));
        for (String operation : List.of("count", "sum", "max", "unique_count")) {
            add(builder, Aggregation.of(operation, "numbers"));
        }
        add(builder, Aggregation.of("bottom_k", "numbers").k(3));
        add(builder, Aggregation.of("sum", "numbers").buckets("destination"));
        add(builder, Aggregation.of("average", "numbers").elementWise());
        add(builder, Aggregation.of("histogram", "words").k(3));
        add(builder, Aggregation.of("approx_histogram_k", "words").k(400));
        add(builder, Aggregation.of("last", "pair"));
        for (String operation : List.of("sum", "min", "count")) {
            add(builder, Aggregation.of(operation, "by_name"));
        }
        return builder.build();
    }

    private static void add(GroupBy.Builder builder, Aggregation.Builder aggregation) {
        builder.aggregate(aggregation.windows(WINDOWS));
        Aggregation all = aggregation.build();
        builder.aggregate(new Aggregation(
                all.inputColumn(), all.operation(), all.args(), List.of(), all.buckets(), all.elementWise()));
    }

    /** Begins an airport, whose events follow newest first. */
    Airport airport(String code) {
        return new Airport(code);
    }

    /** Events of one airport on their way into base and live. */
    final class Airport {
        private final String code;
        private final Tiles live = new Tiles();
        private final FlatRowWriter writer = new FlatRowWriter(ROW.size());
        private final FlatRow row = new FlatRow();

        private Airport(String code) {
            this.code = code;
            KeyEncoder key = new KeyEncoder().putString(code);
            builder.start(key.buffer(), 0, key.length());
        }

        /** @param values in the order of {@link #ROW}, from {@code delay} on */
        void add(long timeMs, List<? extends @Nullable Object> values) {
            writer.reset().putString(0, code);
            for (int i = 0; i < values.size(); i++) {
                put(i + 1, values.get(i));
            }
            row.wrap(writer.buffer(), 0, writer.finish(), ROW.size());
            if (timeMs < batchEndMs) {
                builder.add(row, timeMs);
            } else {
                live.add(row, timeMs);
            }
        }

        private void put(int column, @Nullable Object value) {
            if (value instanceof List<?> list) {
                writer.beginList(column, list.size());
                for (int i = 0; i < list.size(); i++) {
                    put(i, list.get(i));
                }
                writer.end();
            } else if (value instanceof Map<?, ?> map) {
                writer.beginMap(column, map.size());
                int at = 0;
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    put(at++, entry.getKey());
                    put(at++, entry.getValue());
                }
                writer.end();
            } else if (value instanceof String text) {
                writer.putString(column, text);
            } else if (value instanceof Double real) {
                writer.putDouble(column, real);
            } else if (value != null) {
                writer.putLong(column, (Long) value);
            }
        }

        void end() {
            byte[] record = new byte[builder.finish()];
            builder.buffer().getBytes(0, record);
            bases.put(code, new BaseRecord().wrap(new UnsafeBuffer(record), 0));
            lives.put(code, live);
        }
    }

    /** The outputs at q, by name. Live must hold nothing of q's own five minutes at or after q: ask on the grid. */
    Map<String, @Nullable Object> answer(String code, long q) {
        fold.fold(q, batchEndMs, Objects.requireNonNull(bases.get(code)), Objects.requireNonNull(lives.get(code)));
        Map<String, @Nullable Object> answer = new HashMap<>();
        for (int i = 0; i < plan.outputs().size(); i++) {
            GroupByPlan.Output output = plan.outputs().get(i);
            ObjectSink sink = new ObjectSink().next(output.type());
            fold.emit(i, sink);
            answer.put(output.name(), sink.values().get(0));
        }
        return answer;
    }

    /** Five-minute tiles on the heap. */
    private final class Tiles implements LiveTiles {
        private final TreeMap<Long, TileBuffer> tiles = new TreeMap<>();
        private final TileList covering = new TileList();

        void add(FlatRow row, long timeMs) {
            tiles.computeIfAbsent(Math.floorDiv(timeMs, FIVE_MINUTES_MS), index -> new TileBuffer(plan.tiles()))
                    .update(row, timeMs);
        }

        @Override
        public boolean isEmpty() {
            return tiles.isEmpty();
        }

        @Override
        public void forEachTile(long fromMs, long toMs, TileVisitor visitor) {
            tiles.subMap(fromMs / FIVE_MINUTES_MS, toMs / FIVE_MINUTES_MS)
                    .forEach((index, tile) ->
                            visitor.tile(Hop.FIVE_MINUTES, index * FIVE_MINUTES_MS, tile.encoded(), 0));
        }

        @Override
        public void mergeRange(long fromMs, long toMs, TileBuffer into) {
            var range = tiles.subMap(fromMs / FIVE_MINUTES_MS, toMs / FIVE_MINUTES_MS)
                    .values();
            UnsafeBuffer memory = new UnsafeBuffer(
                    new byte[range.stream().mapToInt(TileBuffer::compactLength).sum()]);
            covering.wrap(memory);
            int at = 0;
            for (TileBuffer tile : range) {
                covering.add(at);
                at += tile.writeTo(memory, at);
            }
            into.merge(covering);
        }

        @Override
        public boolean holdsFrom(long q) {
            return false;
        }
    }
}
