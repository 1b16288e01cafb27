package io.tilefold.systemtests;

import io.tilefold.testsupport.ModelAggregation;
import io.tilefold.testsupport.ModelChange;
import io.tilefold.testsupport.ModelEvent;
import io.tilefold.testsupport.ModelStruct;
import io.tilefold.testsupport.SlowModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Trips with lists, maps and structs: random events as a Parquet table and as JSON, one GroupBy over them, and what the slow model says of it.
 *
 * <pre>
 *  ts long, rider string, stops list&lt;string&gt;, tips map&lt;string,double&gt;, fares list&lt;double&gt;, minutes int, zone string
 * </pre>
 */
final class Trips {
    static final String GROUP_BY = "trips_by_rider";
    static final String TOPIC = "trips";
    static final List<String> RIDERS = List.of("ann", "bob", "cy", "dé", "eve");

    private static final long DAY_MS = 86_400_000;
    private static final int HISTORY_DAYS = 12;
    private static final String[] STOPS = {"", "a", "b", "ab", "é", "𝄞"};
    private static final String[] ZONES = {"north", "south", "öst"};

    private static final List<ModelAggregation> AGGREGATIONS = List.of(
            ModelAggregation.of("unique_count", "stops"),
            ModelAggregation.of("histogram", "stops").withK(2),
            ModelAggregation.of("last_k", "stops").withK(2),
            ModelAggregation.of("count", "stops").by("zone"),
            ModelAggregation.of("count", "stops").byElement(),
            ModelAggregation.of("sum", "tips"),
            ModelAggregation.of("top_k", "tips").withK(2),
            ModelAggregation.of("last", "tips"),
            ModelAggregation.of("average", "fares").byElement(),
            ModelAggregation.of("max", "fares").byElement(),
            ModelAggregation.of("variance", "fares"),
            ModelAggregation.of("last", "leg"),
            ModelAggregation.of("first_k", "leg").withK(2),
            ModelAggregation.of("last_k", "minutes").withK(3).by("zone"));
    private static final List<String> WINDOWS = List.of("1d", "7d", "");

    private final List<ModelEvent> events = new ArrayList<>();
    private final long batchEndMs;

    /** @param endMs of the live events, which begin at the batch end */
    Trips(SplittableRandom random, long batchEndMs, long endMs) {
        this.batchEndMs = batchEndMs;
        for (int day = 1; day <= HISTORY_DAYS; day++) { // every day has a trip
            events.add(trip(random, batchEndMs - day * DAY_MS + random.nextLong(DAY_MS)));
        }
        for (int i = 0; i < 300; i++) {
            events.add(trip(random, random.nextLong(batchEndMs - HISTORY_DAYS * DAY_MS, endMs) / 60_000 * 60_000));
        }
        events.sort(Comparator.comparingLong(ModelEvent::timeMs));
    }

    private static ModelEvent trip(SplittableRandom random, long timeMs) {
        Map<String, @Nullable Object> trip = new LinkedHashMap<>();
        trip.put("rider", RIDERS.get(random.nextInt(RIDERS.size())));
        List<@Nullable Object> stops = list(random, () -> STOPS[random.nextInt(STOPS.length)]);
        trip.put("stops", stops);
        trip.put("fares", list(random, () -> random.nextInt(-4, 40) / 4.0));
        Map<String, @Nullable Object> tips = new LinkedHashMap<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            tips.put(STOPS[random.nextInt(STOPS.length)], random.nextInt(6) == 0 ? null : random.nextInt(20) / 4.0);
        }
        trip.put("tips", random.nextInt(8) == 0 ? null : tips);
        trip.put("minutes", random.nextInt(8) == 0 ? null : random.nextLong(120));
        trip.put("zone", random.nextInt(8) == 0 ? null : ZONES[random.nextInt(ZONES.length)]);
        Map<String, @Nullable Object> leg = new LinkedHashMap<>();
        leg.put("to", stops == null || stops.isEmpty() ? null : stops.get(stops.size() - 1));
        leg.put("minutes", trip.get("minutes"));
        trip.put("leg", new ModelStruct(leg));
        return new ModelEvent(timeMs, trip);
    }

    private static @Nullable List<@Nullable Object> list(
            SplittableRandom random, java.util.function.Supplier<Object> element) {
        if (random.nextInt(8) == 0) {
            return null;
        }
        List<@Nullable Object> list = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            list.add(random.nextInt(6) == 0 ? null : element.get());
        }
        return list;
    }

    static String definition() {
        StringBuilder yaml = new StringBuilder("""
                kind: GroupBy
                name: trips_by_rider
                sources:
                  - events:
                      table: trips
                      topic: trips
                      query:
                        selects:
                          rider: rider
                          stops: stops
                          tips: tips
                          fares: fares
                          minutes: minutes
                          zone: zone
                          leg: named_struct('to', element_at(stops, -1), 'minutes', minutes)
                        timeColumn: ts
                keys: [rider]
                online: true
                aggregations:
                """);
        for (ModelAggregation aggregation : AGGREGATIONS) {
            for (String windows : List.of(", windows: [1d, 7d]", "")) {
                yaml.append("  - {inputColumn: ")
                        .append(aggregation.input())
                        .append(", operation: ")
                        .append(aggregation.operation())
                        .append(aggregation.k() > 0 ? ", args: {k: " + aggregation.k() + "}" : "")
                        .append(
                                aggregation.percentiles().isEmpty()
                                        ? ""
                                        : ", args: {percentiles: " + aggregation.percentiles() + "}")
                        .append(aggregation.bucket() == null ? "" : ", buckets: [" + aggregation.bucket() + "]")
                        .append(aggregation.elementWise() ? ", elementWise: true" : "")
                        .append(windows)
                        .append("}\n");
            }
        }
        return yaml.toString();
    }

    /** Writes the events before the batch end as Parquet, partitioned by day. */
    void writeTable(Path directory) throws IOException, SQLException {
        Path lines = directory.resolveSibling(directory.getFileName() + ".jsonl");
        Files.write(
                lines,
                events.stream()
                        .filter(event -> event.timeMs() < batchEndMs)
                        .map(event -> json(event, true))
                        .toList());
        try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = duck.createStatement()) {
            statement.execute("""
                    COPY (SELECT * FROM read_json('%s', format = 'newline_delimited', columns = {
                        ts: 'BIGINT', rider: 'VARCHAR', stops: 'VARCHAR[]', tips: 'MAP(VARCHAR, DOUBLE)',
                        fares: 'DOUBLE[]', minutes: 'INTEGER', zone: 'VARCHAR', ds: 'VARCHAR'}))
                    TO '%s' (FORMAT parquet, PARTITION_BY (ds))
                    """.formatted(lines, directory));
        }
    }

    /** The live events with {@code fromMs <= ts < toMs}, in order, as the topic carries them. */
    List<String> records(long fromMs, long toMs) {
        return events.stream()
                .filter(event -> event.timeMs() >= Math.max(fromMs, batchEndMs) && event.timeMs() < toMs)
                .map(event -> json(event, false))
                .toList();
    }

    private static String json(ModelEvent event, boolean withDay) {
        Map<String, @Nullable Object> columns = new LinkedHashMap<>(event.columns());
        columns.remove("leg");
        columns.put("ts", event.timeMs());
        if (withDay) {
            columns.put("ds", Instant.ofEpochMilli(event.timeMs()).toString().substring(0, 10));
        }
        return json(columns);
    }

    private static String json(@Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            return map.entrySet().stream()
                    .map(entry -> "\"" + entry.getKey() + "\":" + json(entry.getValue()))
                    .collect(Collectors.joining(",", "{", "}"));
        }
        if (value instanceof List<?> list) {
            return list.stream().map(Trips::json).collect(Collectors.joining(",", "[", "]"));
        }
        return value instanceof String text ? "\"" + text + "\"" : String.valueOf(value);
    }

    /** Every output of a rider at q. */
    Map<String, @Nullable Object> expected(String rider, long q) {
        List<ModelChange> ofRider = ModelChange.taking(events.stream()
                .filter(event -> rider.equals(event.get("rider")))
                .toList());
        Map<String, @Nullable Object> expected = new LinkedHashMap<>();
        for (ModelAggregation aggregation : AGGREGATIONS) {
            for (String window : WINDOWS) {
                expected.put(
                        output(aggregation, window),
                        plain(SlowModel.answer(ofRider, q, window, aggregation).value()));
            }
        }
        return expected;
    }

    private static String output(ModelAggregation aggregation, String window) {
        String suffix = aggregation.operation().matches("(first|last|top|bottom)_k")
                ? aggregation.operation().replace("_k", String.valueOf(aggregation.k()))
                : aggregation.operation();
        return aggregation.input() + "_" + suffix + (window.isEmpty() ? "" : "_" + window)
                + (aggregation.bucket() == null ? "" : "_by_" + aggregation.bucket());
    }

    /** As a client gets it: structs as maps. */
    private static @Nullable Object plain(@Nullable Object value) {
        if (value instanceof ModelStruct struct) {
            return plain(struct.fields());
        }
        if (value instanceof List<?> list) {
            List<@Nullable Object> elements = new ArrayList<>();
            list.forEach(element -> elements.add(plain(element)));
            return elements;
        }
        if (value instanceof Map<?, ?> map) {
            Map<Object, @Nullable Object> entries = new LinkedHashMap<>();
            map.forEach((key, entry) -> entries.put(key, plain(entry)));
            return entries;
        }
        return value;
    }
}
