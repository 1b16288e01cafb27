package io.tilefold.serving;

import io.tilefold.catalog.CatalogCodec;
import io.tilefold.catalog.DefinitionIds;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Names;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.time.Window;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.ModelEvent;
import io.tilefold.testsupport.SlowModel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Flights-like definitions, random flights, and what the slow model says of them. */
final class Flights {
    static final long DAY_MS = 86_400_000;
    static final long HOUR_MS = 3_600_000;
    /** 2001-02-01. */
    static final long B = 980_985_600_000L;

    static final Schema ROW = Schema.of(
            new Field("origin", Scalar.STRING),
            new Field("destination", Scalar.STRING),
            new Field("delay", Scalar.INT),
            new Field("distance", Scalar.DOUBLE));

    static final CompiledGroupBy DEPARTURES = streaming("airport_departures", "origin");
    static final CompiledGroupBy ARRIVALS = streaming("airport_arrivals", "destination");
    static final CompiledGroupBy ROUTE = streaming("route", "origin", "destination");
    static final CompiledGroupBy DAILY = daily();
    static final CompiledJoin CONTEXT = context();
    static final Catalog CATALOG =
            new Catalog(List.of(DEPARTURES, ARRIVALS, ROUTE, DAILY), List.of(CONTEXT), List.of());

    static final List<String> AIRPORTS = List.of("JFK", "LAX", "SFO", "ORD", "ATL", "ÅRN");

    private Flights() {}

    private static CompiledGroupBy streaming(String name, String... keys) {
        String[] windows = {"1h", "6h", "1d", "7d", "30d"};
        GroupBy.Builder builder = GroupBy.builder(name)
                .source(Source.events(
                        "flights", "flights", Query.builder().timeColumn("ts").build()))
                .keys(keys)
                .online(true);
        for (String operation : List.of("count", "sum", "average", "min", "max", "first", "last")) {
            builder.aggregate(Aggregation.of(operation, "delay").windows(windows));
            builder.aggregate(Aggregation.of(operation, "delay"));
        }
        builder.aggregate(Aggregation.of("last_k", "delay").k(5).windows(windows));
        builder.aggregate(Aggregation.of("top_k", "delay").k(3).windows(windows));
        builder.aggregate(Aggregation.of("sum", "distance").windows(windows));
        builder.aggregate(Aggregation.of("unique_count", "destination").windows(windows));
        builder.aggregate(Aggregation.of("last_k", "destination").k(5).windows(windows));
        builder.aggregate(Aggregation.of("max", "destination").windows(windows));
        builder.aggregate(Aggregation.of("average", "delay").windows(windows).buckets("destination"));
        builder.aggregate(Aggregation.of("first_k", "delay").k(2).windows("7d").buckets("destination"));
        return compiled(builder.build());
    }

    private static CompiledGroupBy daily() {
        return compiled(GroupBy.builder("airport_daily")
                .source(Source.events(
                        "flights", Query.builder().timeColumn("ts").build()))
                .keys("origin")
                .accuracy(Accuracy.SNAPSHOT)
                .online(true)
                .aggregate(Aggregation.of("count", "delay").windows("1d", "7d"))
                .aggregate(Aggregation.of("average", "delay").windows("7d"))
                .build());
    }

    static CompiledGroupBy compiled(GroupBy definition) {
        return new CompiledGroupBy(DefinitionIds.of(definition, List.of(ROW), ROW), definition, List.of(ROW), ROW);
    }

    private static CompiledJoin context() {
        return compiled(
                Join.builder(
                                "flight_context",
                                Source.events(
                                        "flights",
                                        "flights",
                                        Query.builder().timeColumn("ts").build()))
                        .part(JoinPart.of("airport_departures"))
                        .part(JoinPart.of("airport_arrivals"))
                        .part(JoinPart.of("route"))
                        .part(new JoinPart("airport_daily", Map.of(), Optional.of("from")))
                        .part(new JoinPart("airport_daily", Map.of("destination", "origin"), Optional.of("to")))
                        .online(true)
                        .build(),
                List.of(DEPARTURES, ARRIVALS, ROUTE, DAILY, DAILY));
    }

    static CompiledJoin compiled(Join join, List<CompiledGroupBy> parts) {
        Schema left = Schema.of(new Field("origin", Scalar.STRING), new Field("destination", Scalar.STRING));
        return new CompiledJoin(
                DefinitionIds.of(
                        join, left, parts.stream().map(CompiledGroupBy::id).toList()),
                join,
                left,
                left);
    }

    static byte[] bytes(Catalog catalog) {
        return CatalogCodec.encode(catalog);
    }

    static ModelEvent flight(long timeMs, String origin, String destination, @Nullable Long delay) {
        Map<String, @Nullable Object> columns = new LinkedHashMap<>();
        columns.put("origin", origin);
        columns.put("destination", destination);
        columns.put("delay", delay);
        columns.put("distance", 100.25 * (origin.hashCode() % 7) + destination.length());
        return new ModelEvent(timeMs, columns);
    }

    /** In time order, many with equal times. */
    static List<ModelEvent> random(SplittableRandom random, int count, long fromMs, long toMs) {
        List<ModelEvent> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            // A minute's grid, as the flights have, makes equal times likely.
            long timeMs = Math.floorDiv(random.nextLong(fromMs, toMs), 60_000) * 60_000;
            String origin = AIRPORTS.get(random.nextInt(AIRPORTS.size() - 1));
            String destination = AIRPORTS.get(random.nextInt(1, AIRPORTS.size()));
            events.add(flight(timeMs, origin, destination, random.nextInt(10) == 0 ? null : random.nextLong(-60, 600)));
        }
        events.sort(java.util.Comparator.comparingLong(ModelEvent::timeMs));
        return events;
    }

    /** Every output of a GroupBy by name, as the slow model has it. */
    static Map<String, @Nullable Object> expected(GroupBy definition, List<ModelEvent> ofKey, long q) {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        for (Aggregation aggregation : definition.aggregations()) {
            int k = aggregation.args().k().orElse(0);
            String suffix = aggregation.operation().endsWith("_k")
                    ? aggregation.operation().replace("_k", String.valueOf(k))
                    : aggregation.operation();
            for (Window window : aggregation.effectiveWindows()) {
                for (String bucket : aggregation.buckets().isEmpty() ? List.of("") : aggregation.buckets()) {
                    String by = bucket.isEmpty() ? null : bucket;
                    values.put(
                            Names.output(aggregation.inputColumn(), suffix, window, by),
                            SlowModel.value(
                                    ofKey,
                                    q,
                                    window.label(),
                                    aggregation.operation(),
                                    k,
                                    aggregation.inputColumn(),
                                    by));
                }
            }
        }
        return values;
    }
}
