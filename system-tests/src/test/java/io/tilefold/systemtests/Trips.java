package io.tilefold.systemtests;

import io.tilefold.testsupport.ModelAggregation;
import io.tilefold.testsupport.ModelChange;
import io.tilefold.testsupport.ModelEvent;
import io.tilefold.testsupport.ModelStruct;
import io.tilefold.testsupport.SlowModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Random trips as a Parquet table and as JSON, GroupBys with every operation over them, and what the slow model says of them.
 *
 * <pre>
 *  ts long, rider string, stops list&lt;string&gt;, tips map&lt;string,double&gt;, fares list&lt;double&gt;, minutes int, zone string
 * </pre>
 */
final class Trips {
    static final String TOPIC = "trips";
    static final List<String> RIDERS = List.of("ann", "bob", "cy", "dé", "eve");

    /** Every operation, with and without buckets. */
    static final String BY_RIDER = "trips_by_rider";

    /** Every operation that can be element-wise; a GroupBy of its own, because names do not tell these outputs from the others. */
    static final String BY_POSITION = "trips_by_position";

    /** A state that goes beyond its bound. */
    static final String BOUNDED = "trips_bounded";

    private static final long DAY_MS = 86_400_000;
    private static final int HISTORY_DAYS = 12;
    private static final int TRIPS = 300;
    private static final String[] STOPS = {"", "a", "b", "ab", "é", "𝄞"};
    private static final String[] ZONES = {"north", "south", "öst"};

    private static final String SOURCE = """
            kind: GroupBy
            name: %s
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
                      code: CAST(zone AS BINARY)
                      late: minutes > 5
                      leg: named_struct('to', element_at(stops, -1), 'minutes', minutes)
                      legs: array(named_struct('to', zone, 'minutes', minutes), NULL)
                      labels: map('zone', zone, 'stop', element_at(stops, -1))
                      receipt: repeat(CAST(ts AS STRING), 20)
                    timeColumn: ts
            keys: [rider]
            online: true
            """;

    private final List<ModelEvent> events = new ArrayList<>();
    private final long batchEndMs;

    /** @param endMs of the live events, which begin at the batch end */
    Trips(SplittableRandom random, long batchEndMs, long endMs) {
        this.batchEndMs = batchEndMs;
        for (int day = 1; day <= HISTORY_DAYS; day++) { // every day has a trip
            events.add(trip(random, batchEndMs - day * DAY_MS + random.nextLong(DAY_MS)));
        }
        while (events.size() < TRIPS) {
            events.add(trip(random, random.nextLong(batchEndMs - HISTORY_DAYS * DAY_MS, endMs) / 60_000 * 60_000));
        }
        events.sort(Comparator.comparingLong(ModelEvent::timeMs));
    }

    private static ModelEvent trip(SplittableRandom random, long timeMs) {
        Map<String, @Nullable Object> trip = new LinkedHashMap<>();
        trip.put("rider", RIDERS.get(random.nextInt(RIDERS.size())));
        trip.put("stops", list(random, () -> STOPS[random.nextInt(STOPS.length)]));
        trip.put("fares", list(random, () -> random.nextInt(-4, 12) / 4.0));
        Map<String, @Nullable Object> tips = new LinkedHashMap<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            tips.put(STOPS[random.nextInt(STOPS.length)], random.nextInt(6) == 0 ? null : random.nextInt(12) / 4.0);
        }
        trip.put("tips", random.nextInt(8) == 0 ? null : tips);
        trip.put("minutes", random.nextInt(8) == 0 ? null : random.nextLong(12));
        trip.put("zone", random.nextInt(8) == 0 ? null : ZONES[random.nextInt(ZONES.length)]);
        return new ModelEvent(timeMs, trip);
    }

    private static @Nullable List<@Nullable Object> list(SplittableRandom random, Supplier<Object> element) {
        if (random.nextInt(8) == 0) {
            return null;
        }
        List<@Nullable Object> list = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            list.add(random.nextInt(6) == 0 ? null : element.get());
        }
        return list;
    }

    /** The columns that the definition's expressions compute, by other means. */
    private static ModelEvent selected(ModelEvent trip) {
        Map<String, @Nullable Object> columns = new LinkedHashMap<>(trip.columns());
        Object zone = trip.get("zone");
        Object minutes = trip.get("minutes");
        Object lastStop =
                trip.get("stops") instanceof List<?> stops && !stops.isEmpty() ? stops.get(stops.size() - 1) : null;
        columns.put("code", zone == null ? null : ((String) zone).getBytes(StandardCharsets.UTF_8));
        columns.put("late", minutes == null ? null : (Long) minutes > 5);
        columns.put("leg", leg(lastStop, minutes));
        List<@Nullable Object> legs = new ArrayList<>();
        legs.add(leg(zone, minutes));
        legs.add(null);
        columns.put("legs", legs);
        Map<String, @Nullable Object> labels = new LinkedHashMap<>();
        labels.put("zone", zone);
        labels.put("stop", lastStop);
        columns.put("labels", labels);
        return new ModelEvent(trip.timeMs(), columns);
    }

    private static ModelStruct leg(@Nullable Object to, @Nullable Object minutes) {
        Map<String, @Nullable Object> leg = new LinkedHashMap<>();
        leg.put("to", to);
        leg.put("minutes", minutes);
        return new ModelStruct(leg);
    }

    static String definitions() {
        return SOURCE.formatted(BY_RIDER) + TripAggregations.yaml(TripAggregations.list(false)) + "---\n"
                + SOURCE.formatted(BY_POSITION) + TripAggregations.yaml(TripAggregations.list(true)) + "---\n"
                + SOURCE.formatted(BOUNDED) + """
                aggregations:
                  - {inputColumn: receipt, operation: unique_count, args: {maxStateBytes: 1024}}
                  - {inputColumn: receipt, operation: count}
                """;
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

    /** Every output of {@link #BY_RIDER} or of {@link #BY_POSITION} for a rider at q, as {@link ClientValues} has them. */
    Map<String, @Nullable Object> expected(String rider, long q, boolean elementWise) {
        List<ModelChange> ofRider = ModelChange.taking(events.stream()
                .filter(event -> rider.equals(event.get("rider")))
                .map(Trips::selected)
                .toList());
        Map<String, @Nullable Object> expected = new LinkedHashMap<>();
        for (ModelAggregation aggregation : TripAggregations.list(elementWise)) {
            for (String window : TripAggregations.WINDOWS) {
                expected.put(
                        TripAggregations.output(aggregation, window),
                        ClientValues.of(SlowModel.answer(ofRider, q, window, aggregation)
                                .value()));
            }
        }
        return expected;
    }

    /** How many trips a rider had before q. */
    long count(String rider, long q) {
        return events.stream()
                .filter(event -> rider.equals(event.get("rider")) && event.timeMs() < q)
                .count();
    }
}
