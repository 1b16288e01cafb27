package io.tilefold.examples.flights;

import io.tilefold.client.FeatureClient;
import io.tilefold.client.Fetch;
import io.tilefold.client.FetchException;
import io.tilefold.client.FetchResult;
import io.tilefold.client.PartResult;
import io.tilefold.client.PartStatus;
import io.tilefold.client.admin.AdminClient;
import io.tilefold.client.admin.TopicOffset;
import io.tilefold.client.call.LogPosition;
import java.io.PrintStream;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * The flights through a running system: streams the days after the batch end in time order, stops at chosen moments, asks the join {@code
 * flight_context} there, and compares every column of every answer with independent SQL.
 *
 * <p>Needs the catalog applied, every GroupBy's version committed at the batch end, and an empty topic.
 */
public final class FlightsDemo {
    public static final String JOIN = "flight_context";
    public static final Instant BATCH_END = Instant.parse("2001-02-10T00:00:00Z");
    public static final Instant STREAM_END = Instant.parse("2001-02-12T00:00:00Z");

    private static final long SEED = 20010210;
    private static final int DIFFERENCES_SHOWN = 20;
    private static final long APPLIED_TIMEOUT_MS = 60_000;
    private static final Duration FETCH_TIMEOUT = Duration.ofSeconds(20);
    private static final int FETCH_ATTEMPTS = 100;
    private static final long FETCH_RETRY_MS = 200;

    private final Path flights;
    private final String kafka;
    private final AdminClient admin;
    private final FeatureClient client;
    private final PrintStream out;

    /** What came of it. */
    public record Outcome(long answers, CellComparison comparison, Map<PartStatus, Long> statuses) {
        /** Every cell equal, enough of them with a value, every part COMPLETE or NOT_FOUND. */
        public boolean isGood() {
            return comparison.differentCount() == 0
                    && comparison.nonNullShare() >= 0.7
                    && statuses.keySet().stream()
                            .allMatch(status -> status == PartStatus.COMPLETE || status == PartStatus.NOT_FOUND);
        }
    }

    /** An answer and the row of it that a question got. */
    private record Asked(Question question, FetchResult answer, int row) {}

    /**
     * @param flights directory of {@code ds=…/*.parquet}
     * @param kafka bootstrap servers
     * @param out where progress and answers are printed
     */
    public FlightsDemo(Path flights, String kafka, AdminClient admin, FeatureClient client, PrintStream out) {
        this.flights = flights;
        this.kafka = kafka;
        this.admin = admin;
        this.client = client;
        this.out = out;
    }

    /** Every pair of airports that a flight joins, as keys of the join. */
    public static List<Map<String, String>> routes(Path flights) throws SQLException {
        List<Map<String, String>> routes = new ArrayList<>();
        try (FlightsDatabase database = FlightsDatabase.open(flights);
                Statement statement = database.connection().createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT DISTINCT origin, destination FROM flights ORDER BY origin, destination")) {
            while (rows.next()) {
                routes.add(Map.of("origin", rows.getString(1), "destination", rows.getString(2)));
            }
        }
        return routes;
    }

    /** What happens on the way, for tests that break things: called when Kafka has a moment's events and ingest may not. */
    @FunctionalInterface
    public interface Interruption {
        void afterProducing(int moment) throws Exception;
    }

    public Outcome run() throws Exception {
        return run(moment -> {});
    }

    /** Runs the whole stream. */
    public Outcome run(Interruption interruption) throws Exception {
        long batchEndMs = BATCH_END.toEpochMilli();
        long streamEndMs = STREAM_END.toEpochMilli();
        DemoQueries queries = DemoQueries.choose(flights, batchEndMs, streamEndMs, SEED);
        out.printf(
                Locale.ROOT,
                "  %d moments, %,d (key, moment) questions, seed %d%n  %s%n",
                queries.moments().size(),
                queries.questions().size(),
                SEED,
                queries.coverage());
        CompletableFuture<FlightsOracle.Answers> expected = CompletableFuture.supplyAsync(() -> {
            try {
                return FlightsOracle.answer(flights, batchEndMs, queries.questions());
            } catch (SQLException e) {
                throw new CompletionException(e);
            }
        });
        List<Asked> asked = ask(queries, FlightEvent.read(flights, batchEndMs, streamEndMs), interruption);
        out.println();
        show(asked);
        return compare(asked, expected.join());
    }

    private List<Asked> ask(DemoQueries queries, List<FlightEvent> events, Interruption interruption) throws Exception {
        List<Asked> asked = new ArrayList<>();
        try (FlightsStream stream = new FlightsStream(kafka, events)) {
            for (int i = 0; i < queries.moments().size(); i++) {
                Moment moment = queries.moments().get(i);
                stream.produceUpTo(moment.qMs());
                interruption.afterProducing(i);
                LogPosition applied = admin.awaitOffsets(
                        stream.nextOffsets().entrySet().stream()
                                .map(entry -> new TopicOffset(FlightsStream.TOPIC, entry.getKey(), entry.getValue()))
                                .toList(),
                        APPLIED_TIMEOUT_MS);
                Fetch fetch = Fetch.join(JOIN)
                        .asOf(moment.qMs())
                        .minPosition(applied.shardGroup(), applied.position())
                        .deadline(FETCH_TIMEOUT);
                moment.questions().forEach(question -> fetch.row(keys(question)));
                FetchResult answer = fetchWhenUp(fetch);
                for (int row = 0; row < moment.questions().size(); row++) {
                    asked.add(new Asked(moment.questions().get(row), answer, row));
                }
                out.printf(
                        Locale.ROOT,
                        "  q = %s  %,7d events applied  %3d keys asked  (%s)%n",
                        Instant.ofEpochMilli(moment.qMs()),
                        stream.sentCount(),
                        moment.questions().size(),
                        String.join("; ", moment.reasons()));
            }
            stream.produceUpTo(STREAM_END.toEpochMilli());
        }
        return asked;
    }

    /** A node that was restarted is found again by the channel within its backoff. */
    private FetchResult fetchWhenUp(Fetch fetch) throws InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try {
                return client.fetch(fetch);
            } catch (FetchException e) {
                if (!e.code().equals("UNAVAILABLE") || attempt == FETCH_ATTEMPTS) {
                    throw e;
                }
                Thread.sleep(FETCH_RETRY_MS);
            }
        }
    }

    private static Map<String, @Nullable Object> keys(Question question) {
        Map<String, @Nullable Object> keys = new LinkedHashMap<>();
        keys.put("origin", question.origin());
        keys.put("destination", question.destination());
        return keys;
    }

    private static final List<String> SHOWN = List.of(
            "airport_departures_delay_count_1h",
            "airport_departures_delay_average_7d",
            "airport_departures_destination_last5_1d",
            "airport_arrivals_delay_max_6h",
            "route_delay_count_30d",
            "route_delay_last5",
            "origin_airport_daily_delay_average_7d");

    /** A few answers, with what each part says of itself. */
    private void show(List<Asked> asked) {
        for (int i = 0; i < asked.size(); i += asked.size() / 3 + 1) {
            Asked shown = asked.get(i);
            out.printf(
                    Locale.ROOT,
                    "  %s -> %s at %s%n",
                    shown.question().origin(),
                    shown.question().destination(),
                    Instant.ofEpochMilli(shown.question().qMs()));
            Map<String, @Nullable Object> values = shown.answer().toMap(shown.row());
            for (String column : SHOWN) {
                if (values.containsKey(column)) {
                    out.printf(Locale.ROOT, "    %-42s %s%n", column, values.get(column));
                }
            }
            for (PartResult part : shown.answer().parts()) {
                out.printf(
                        Locale.ROOT,
                        "    %-42s %s, batch end %s, newest event %s%n",
                        part.name(),
                        part.status(shown.row()),
                        part.batchEndMs().isPresent() ? Instant.ofEpochMilli(part.batchEndMs().getAsLong()) : "-",
                        part.newestEventMs().isPresent() ? Instant.ofEpochMilli(part.newestEventMs().getAsLong()) : "-");
            }
            out.println();
        }
    }

    private Outcome compare(List<Asked> asked, FlightsOracle.Answers expected) {
        CellComparison comparison = new CellComparison(DIFFERENCES_SHOWN);
        Map<PartStatus, Long> statuses = new EnumMap<>(PartStatus.class);
        for (int i = 0; i < asked.size(); i++) {
            Asked one = asked.get(i);
            comparison.compareRow(
                    one.question(), expected.rows().get(i), one.answer().toMap(one.row()));
            one.answer().parts().forEach(part -> statuses.merge(part.status(one.row()), 1L, Long::sum));
        }
        comparison.differences().forEach(difference -> out.println("  DIFFERENT " + difference));
        out.printf(Locale.ROOT, "  %,d answers, part statuses %s%n", asked.size(), statuses);
        out.println("  " + comparison.summary());
        return new Outcome(asked.size(), comparison, statuses);
    }
}
