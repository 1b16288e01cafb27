package io.tilefold.examples.flights;

import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * The moments of the demo's stream and what is asked at each: chosen by a seed, the same for the same flights and seed. The choice favours
 * routes that fly often, and seeks out what a tile store is likely to get wrong: {@link Coverage}.
 */
public final class DemoQueries {
    public static final int MOMENT_COUNT = 28;

    /** A window that moments are placed around: only where to look, what counts is for {@code windows.sql} to say. */
    private record Span(String label, Duration length, Duration hop) {}

    private static final Duration FIVE_MINUTES = Duration.ofMinutes(5);
    private static final List<Span> SPANS = List.of(
            new Span("1h", Duration.ofHours(1), FIVE_MINUTES),
            new Span("6h", Duration.ofHours(6), FIVE_MINUTES),
            new Span("1d", Duration.ofDays(1), Duration.ofHours(1)),
            new Span("7d", Duration.ofDays(7), Duration.ofHours(1)),
            new Span("30d", Duration.ofDays(30), Duration.ofDays(1)));

    private static final int EVENT_MOMENT_COUNT = 8;

    private final long seed;
    private final List<Moment> moments;
    private final Coverage coverage;

    private DemoQueries(long seed, List<Moment> moments, Coverage coverage) {
        this.seed = seed;
        this.moments = List.copyOf(moments);
        this.coverage = coverage;
    }

    /**
     * In how many questions each case occurs.
     *
     * @param eventAtQ the asked route has an event exactly at {@code q}
     * @param eventAtTail it has one exactly at a window's tail
     * @param tailInBase a window begins before the batch end
     * @param tailInLive a window begins at the batch end or later
     * @param keyWithoutValue the asked pair has no flight before {@code q}
     */
    public record Coverage(long eventAtQ, long eventAtTail, long tailInBase, long tailInLive, long keyWithoutValue) {
        @Override
        public String toString() {
            return String.format(
                    java.util.Locale.ROOT,
                    "event exactly at q: %,d; exactly at a tail: %,d; tail inside the base: %,d; inside live: %,d; no value: %,d",
                    eventAtQ,
                    eventAtTail,
                    tailInBase,
                    tailInLive,
                    keyWithoutValue);
        }
    }

    /**
     * @param flights directory of {@code ds=…/*.parquet}
     * @param batchEndMs {@code B}, where the stream begins
     * @param streamEndMs where it ends, a day or more later
     * @throws IllegalArgumentException if the stream is shorter than a day or has no flights
     */
    public static DemoQueries choose(Path flights, long batchEndMs, long streamEndMs, long seed) throws SQLException {
        if (streamEndMs - batchEndMs < Duration.ofDays(1).toMillis()) {
            throw new IllegalArgumentException(
                    "a stream from " + batchEndMs + " to " + streamEndMs + " ms is shorter than a day");
        }
        SplittableRandom random = new SplittableRandom(seed);
        try (FlightsDatabase database = FlightsDatabase.open(flights)) {
            database.run("windows.sql");
            database.execute("SET VARIABLE batch_end = " + batchEndMs + "::BIGINT");
            NavigableMap<Long, Plan> plans = plan(new StreamedFlights(database, batchEndMs, streamEndMs), random);
            RoutePicker picker = RoutePicker.of(database, batchEndMs);
            List<Moment> moments = new ArrayList<>();
            for (Map.Entry<Long, Plan> plan : plans.entrySet()) {
                long qMs = plan.getKey();
                List<Question> questions = picker.pick(qMs, plan.getValue().routes(), random).stream()
                        .map(route -> new Question(route.origin(), route.destination(), qMs))
                        .toList();
                moments.add(new Moment(qMs, plan.getValue().reasons(), questions));
            }
            return new DemoQueries(seed, moments, coverage(database, moments));
        }
    }

    /** A moment to be: why, and the routes that must be asked at it. */
    private record Plan(List<String> reasons, List<Route> routes) {
        static Plan empty() {
            return new Plan(new ArrayList<>(), new ArrayList<>());
        }
    }

    private static NavigableMap<Long, Plan> plan(StreamedFlights stream, SplittableRandom random) throws SQLException {
        NavigableMap<Long, Plan> plans = new TreeMap<>();
        addEdges(plans, stream);
        addEvents(plans, stream, random);
        addTails(plans, stream, random);
        while (plans.size() < MOMENT_COUNT) {
            plan(plans, random.nextLong(stream.fromMs(), stream.toMs()), "any millisecond");
        }
        return plans;
    }

    private static Plan plan(NavigableMap<Long, Plan> plans, long qMs, String reason) {
        Plan plan = plans.computeIfAbsent(qMs, unused -> Plan.empty());
        plan.reasons().add(reason);
        return plan;
    }

    private static void addEdges(NavigableMap<Long, Plan> plans, StreamedFlights stream) {
        plan(plans, stream.fromMs(), "the batch end: live is empty");
        plan(plans, stream.fromMs() + FIVE_MINUTES.toMillis(), "the first live tile is full");
        for (Span span : SPANS) {
            long qMs = stream.fromMs() + span.length().toMillis();
            if (qMs < stream.toMs()) {
                plan(plans, qMs, "tail of " + span.label() + " exactly at the batch end");
            }
        }
        plan(plans, stream.toMs(), "the end of the stream");
    }

    /** Flights spread over the stream, asked at their own time: they do not count yet. */
    private static void addEvents(NavigableMap<Long, Plan> plans, StreamedFlights stream, SplittableRandom random)
            throws SQLException {
        long sliceMs = (stream.toMs() - stream.fromMs()) / EVENT_MOMENT_COUNT;
        for (int slice = 0; slice < EVENT_MOMENT_COUNT; slice++) {
            long fromMs = stream.fromMs() + slice * sliceMs;
            for (StreamedFlights.Flight flight : pickOne(stream.between(fromMs, fromMs + sliceMs), random)) {
                plan(plans, flight.tsMs(), "event exactly at q").routes().add(flight.route());
            }
        }
    }

    /**
     * Flights exactly at a window's tail: one asked where the window begins with them to the millisecond, one at a time at which the tail has
     * not hopped on yet.
     */
    private static void addTails(NavigableMap<Long, Plan> plans, StreamedFlights stream, SplittableRandom random)
            throws SQLException {
        for (Span span : SPANS) {
            long lengthMs = span.length().toMillis();
            long hopMs = span.hop().toMillis();
            List<StreamedFlights.Flight> onGrid =
                    stream.onGrid(stream.fromMs() - lengthMs, stream.toMs() - lengthMs - hopMs, hopMs);
            for (StreamedFlights.Flight flight : pickOne(onGrid, random)) {
                plan(plans, flight.tsMs() + lengthMs, "event exactly at the tail of " + span.label())
                        .routes()
                        .add(flight.route());
            }
            for (StreamedFlights.Flight flight : pickOne(onGrid, random)) {
                plan(
                                plans,
                                flight.tsMs() + lengthMs + hopMs - 1,
                                "event at the tail of " + span.label() + ", for the last ms")
                        .routes()
                        .add(flight.route());
            }
        }
    }

    /** One of the flights, none if there are none. */
    private static Collection<StreamedFlights.Flight> pickOne(
            List<StreamedFlights.Flight> flights, SplittableRandom random) {
        return flights.isEmpty() ? List.of() : List.of(flights.get(random.nextInt(flights.size())));
    }

    private static Coverage coverage(FlightsDatabase database, List<Moment> moments) throws SQLException {
        database.ask(questions(moments));
        try (Statement statement = database.connection().createStatement();
                ResultSet result = statement.executeQuery(
                        FlightsDatabase.script("demo_coverage.sql").get(0))) {
            result.next();
            return new Coverage(
                    result.getLong("event_at_q"),
                    result.getLong("event_at_tail"),
                    result.getLong("tail_in_base"),
                    result.getLong("tail_in_live"),
                    result.getLong("key_without_value"));
        }
    }

    private static List<Question> questions(List<Moment> moments) {
        return moments.stream().flatMap(moment -> moment.questions().stream()).toList();
    }

    public long seed() {
        return seed;
    }

    /** In time order. */
    public List<Moment> moments() {
        return moments;
    }

    /** Those of all moments, in time order. */
    public List<Question> questions() {
        return questions(moments);
    }

    public Coverage coverage() {
        return coverage;
    }
}
