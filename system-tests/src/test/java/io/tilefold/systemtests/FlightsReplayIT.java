package io.tilefold.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code tilefold replay} as a user runs it: two days of flights, and of the changes of a table, through Kafka, ingest, store and serving; every value served equals the training
 * set's.
 */
@Timeout(value = 6, unit = TimeUnit.MINUTES)
class FlightsReplayIT {
    private static final Path HOME = Path.of(System.getProperty("tilefold.home"));
    private static final Path EXAMPLE = HOME.resolve("examples/flights");
    private static final TilefoldCommand TILEFOLD = new TilefoldCommand(HOME, Duration.ofMinutes(5));
    private static final String FLIGHTS = "flights=" + EXAMPLE.resolve("data/flights");
    private static final LocalDate FIRST = LocalDate.parse("2001-02-07");
    private static final LocalDate LAST = FIRST.plusDays(1);

    /** Enough of two days' flights for 300 moments. */
    private static final String JOIN = """
            kind: Join
            name: flight_replay
            left:
              events:
                table: flights
                topic: flights
                query:
                  selects: {origin: origin, destination: destination}
                  setups: ["CREATE TEMPORARY FUNCTION band(t BIGINT, a STRING, b STRING) RETURN pmod(hash(t, a, b), 32)"]
                  wheres: ["band(ts, origin, destination) = 0"]
                  timeColumn: ts
            parts:
              - groupBy: airport_departures
              - groupBy: airport_arrivals
              - groupBy: route
              - {groupBy: airport_daily, keyMapping: {origin: airport}, prefix: origin}
              - {groupBy: airport_profile, keyMapping: {destination: airport}}
              - {groupBy: airport_gates, keyMapping: {origin: airport}}
              - {groupBy: airport_stands, keyMapping: {origin: airport}}
              - {groupBy: airport_stands_ranked, keyMapping: {destination: airport}}
              - groupBy: crowds
              - groupBy: crowds_met
              - groupBy: hauls
              - groupBy: delay_bands
            externalParts:
              - name: usual
                keys: {airport: string}
                keyMapping: {destination: airport}
                values: {delay_average_7d: double}
                offlineGroupBy: airport_daily
            derivations:
              - {name: "*", expression: "*"}
              - {name: unusual, expression: "coalesce(ext_usual_delay_average_7d, 0) > 10"}
              - {name: delay_per_flight, expression: "route_delay_sum_7d / route_delay_count_7d"}
              - {name: worse_than_usual, expression: "airport_departures_delay_average_1d > airport_departures_delay_average_30d"}
              - {name: newest, expression: "array_join(slice(airport_departures_destination_last5_7d, 1, 2), '>')"}
              - {name: busiest, expression: "array_max(map_values(airport_arrivals_delay_average_7d_by_origin))"}
              - {name: pair, expression: "concat(origin, '-', destination, '@', ds, ' ', date_format(timestamp_millis(ts), 'HH:mm'))"}
              - {name: z_score, expression: "round((route_delay_last_7d - origin_airport_daily_delay_average_7d) / nullif(origin_airport_daily_delay_max_7d, 0), 6)"}
              - {name: flights_today, expression: airport_departures_delay_count_1d}
            online: true
            """;

    /** Daily snapshots: columns that pass through, and aggregations over an airport's gates. */
    private static final String ENTITIES = """
            kind: GroupBy
            name: airport_profile
            sources: [{entities: {snapshotTable: airports, query: {selects: {region: region, longest: longest, mates: mates}}}}]
            keys: [airport]
            online: true
            ---
            kind: GroupBy
            name: airport_gates
            sources: [{entities: {snapshotTable: gates, query: {timeColumn: opened_ts}}}]
            keys: [airport]
            accuracy: SNAPSHOT
            online: true
            aggregations:
              - {inputColumn: gate, operation: count, windows: [7d, 30d]}
              - {inputColumn: gate, operation: count}
              - {inputColumn: width, operation: max, windows: [7d]}
              - {inputColumn: gate, operation: last_k, args: {k: 2}}
            """;

    /** Functions of setups, of one name that means another thing in each of these and in the join's left. */
    private static final String FUNCTIONS = """
            kind: GroupBy
            name: hauls
            sources:
              - events:
                  table: flights
                  topic: flights
                  query:
                    setups:
                      - >-
                        CREATE TEMPORARY FUNCTION band(miles INT) RETURNS STRING
                        RETURN CASE WHEN miles < 500 THEN 'short' WHEN miles < 1500 THEN 'middle' ELSE 'long' END
                      - CREATE TEMPORARY FUNCTION score(x INT, y INT DEFAULT 7) RETURNS DOUBLE RETURN x * length(band(x)) / y
                    selects: {origin: origin, haul: band(distance), score: score(distance)}
                    wheres: ["band(distance) IS NOT NULL"]
                    timeColumn: ts
            keys: [origin]
            online: true
            aggregations:
              - {inputColumn: haul, operation: histogram, args: {k: 0}, windows: [6h, 7d]}
              - {inputColumn: haul, operation: last, windows: [7d]}
              - {inputColumn: score, operation: sum, buckets: [haul], windows: [1d]}
            ---
            kind: GroupBy
            name: delay_bands
            sources:
              - events:
                  table: flights
                  topic: flights
                  query:
                    setups:
                      - CREATE TEMPORARY FUNCTION band(minutes INT) RETURN minutes DIV 15
                      - CREATE OR REPLACE TEMPORARY FUNCTION at(t BIGINT) RETURNS BIGINT RETURN t
                    selects: {destination: destination, band: band(delay)}
                    timeColumn: at(ts)
            keys: [destination]
            online: true
            aggregations:
              - {inputColumn: band, operation: max, windows: [6h, 7d]}
              - {inputColumn: band, operation: sum, windows: [1d]}
            """;

    /** What Spark SQL computes, and one that is a name. */
    private static final List<String> DERIVED =
            List.of("delay_per_flight", "worse_than_usual", "newest", "busiest", "pair", "z_score", "flights_today");

    @TempDir
    private Path directory;

    @Test
    void everyValueServedIsTheTrainingSets() throws Exception {
        Path out = directory.resolve("replay");
        TilefoldCommand.Run run = replay("flight_replay", out);
        assertThat(run.code()).as(run.output()).isZero();
        assertThat(run.output())
                .contains(
                        "computing the output of join demo.looked_at, 2001-02-03 to 2001-02-08",
                        "computing the output of join looked_again, 2001-02-05 to 2001-02-08",
                        " rows at 300 moments",
                        "midnight: uploading everything up to 2001-02-06",
                        "midnight: uploading everything up to 2001-02-07",
                        "0 missing, 0 extra, 0 different");
        assertThat(run.output().lines().filter(line -> line.contains("WARNING")))
                .as("only that what cannot take back says so")
                .allMatch(line -> line.contains("some parts of some answers were STALE: "));

        List<String> features = Files.readAllLines(out.resolve("comparison.csv"));
        assertThat(features.size()).isGreaterThan(250);
        long asked = Long.parseLong(features.get(1).split(",", -1)[1]);
        assertThat(asked).isGreaterThan(300);
        assertThat(run.output())
                .contains(
                        "NOT COMPARED: 2 features: ext_usual_delay_average_7d, unusual: external part usual of join"
                                + " flight_replay: a replay asks no other service; offline GroupBy airport_daily stands for it");
        int compared = features.size() - 2;
        assertThat(features.subList(compared, features.size()))
                .allMatch(line ->
                        line.matches("(ext_usual_delay_average_7d|unusual),0,,,,,,,,\"external part usual .*\""));
        assertThat(features.subList(1, compared)).allMatch(line -> line.split(",", -1)[1].equals(Long.toString(asked)));
        assertThat(features)
                .as("most values are there")
                .filteredOn(line -> line.matches("airport_departures_delay_count_7d,\\d+,0,0,0,0,.*"))
                .hasSize(1);
        assertThat(features)
                .as("of entities too, and they differ from day to day")
                .filteredOn(line -> line.startsWith("airport_profile_") || line.startsWith("airport_gates_"))
                .hasSize(8)
                .allMatch(line -> line.matches("[a-z0-9_]+,\\d+,\\d+,0,0,0,.*"));
        assertThat(served(out, "count(airport_profile_region) + count(airport_gates_gate_last2)"))
                .isEqualTo(2 * asked);
        assertThat(served(out, "count(DISTINCT airport_profile_longest)")).isGreaterThan(2);
        assertThat(features)
                .as("of a table that changes all day too")
                .filteredOn(line -> line.startsWith("airport_stands_"))
                .hasSize(11)
                .allMatch(line -> line.matches("[a-z0-9_]+,\\d+,\\d+,0,0,0,.*"));
        assertThat(served(out, "count(airport_stands_width_sum_7d) + count(airport_stands_ranked_width_max_7d)"))
                .as("most of which are not null")
                .isGreaterThan(asked * 3 / 2);
        assertThat(served(out, "count(DISTINCT (origin, airport_stands_width_sum_7d))"))
                .as("values from change to change")
                .isGreaterThan(asked / 2);
        assertThat(served(
                        out,
                        "count(*) FILTER (list_contains(map_values(map_from_entries(list_filter(map_entries(tilefold_status),"
                                + " entry -> entry.key <> 'airport_stands_ranked'))), 'STALE'))"))
                .isZero();
        assertThat(features)
                .as("of queries with functions of their own too")
                .filteredOn(line -> line.startsWith("hauls_") || line.startsWith("delay_bands_"))
                .hasSize(7)
                .allMatch(line -> line.matches("[a-z0-9_]+,\\d+,\\d+,0,0,0,.*"));
        assertThat(served(out, "count(hauls_haul_last_7d) + count(delay_bands_band_sum_1d)"))
                .as("most of which are not null")
                .isGreaterThan(asked * 3 / 2);
        assertThat(features)
                .as("derived columns too, cell by cell")
                .filteredOn(line -> DERIVED.contains(line.split(",", -1)[0]))
                .hasSameSizeAs(DERIVED)
                .allMatch(line -> line.matches("[a-z_]+,\\d+,0,0,0,0,.*"));
        String derived = String.join(
                " + ", DERIVED.stream().map(name -> "count(" + name + ")").toList());
        assertThat(served(out, derived)).as("most of which are not null").isGreaterThan(6 * asked);
        assertThat(differing(out)).as("as another engine compares them").containsExactly(asked, 0L);
        List<Long> crowds = Crowds.differing(EXAMPLE.resolve("data/flights"), out);
        assertThat(crowds.get(0))
                .as("of joins' outputs, as another engine computes them")
                .isZero();
        assertThat(crowds.subList(1, 3)).as("values from row to row").allMatch(values -> values > asked / 2);
        assertThat(out.resolve("cluster/store")).as("its data").doesNotExist();
    }

    @Test
    void whatCannotBeReplayedIsSaidInALine() throws Exception {
        TilefoldCommand.Run unknown = replay("flight_reply", directory.resolve("unknown"));
        assertThat(unknown.code()).as("wrong usage").isEqualTo(2);
        assertThat(unknown.output())
                .contains(
                        "--join flight_reply: there is no such join; there are demo.looked_at, flight_context, flight_replay, looked_again")
                .doesNotContain("\tat ");
    }

    private TilefoldCommand.Run replay(String join, Path out) throws IOException, InterruptedException {
        return TILEFOLD.run(
                "replay",
                "--definitions",
                definitions().toString(),
                "--join",
                join,
                "--table",
                FLIGHTS,
                "--table",
                "airports=" + directory.resolve("airports"),
                "--table",
                "gates=" + directory.resolve("gates"),
                "--table",
                "stands=" + directory.resolve("stands"),
                "--table",
                "stand_mutations=" + directory.resolve("stand_mutations"),
                "--start-ds",
                FIRST.toString(),
                "--end-ds",
                LAST.toString(),
                "--moments",
                "300",
                "--out",
                out.toString());
    }

    private Path definitions() throws IOException {
        Path definitions = Files.createDirectories(directory.resolve("definitions"));
        try (Stream<Path> files = Files.list(EXAMPLE.resolve("definitions"))) {
            for (Path file : files.toList()) {
                Files.copy(file, definitions.resolve(file.getFileName()));
            }
        }
        Files.writeString(definitions.resolve("entities.yaml"), ENTITIES);
        Files.writeString(definitions.resolve("stands.yaml"), Stands.DEFINITIONS);
        Files.writeString(definitions.resolve("crowds.yaml"), Crowds.DEFINITIONS);
        Files.writeString(definitions.resolve("functions.yaml"), FUNCTIONS);
        Files.writeString(definitions.resolve("flight_replay.yaml"), JOIN);
        return definitions;
    }

    /** A number that SQL gives of the rows served. */
    private static long served(Path out, String expression) throws SQLException {
        try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = duckdb.createStatement();
                ResultSet result =
                        statement.executeQuery("SELECT %s FROM '%s/served/*/*.parquet'".formatted(expression, out))) {
            assertThat(result.next()).isTrue();
            return result.getLong(1);
        }
    }

    /** Snapshots of the airports and their gates at the end of two days, other ones on the second; their stands, from the first of them on. */
    @BeforeEach
    void writeEntities() throws IOException, SQLException {
        List<String> airports = new ArrayList<>();
        try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = duckdb.createStatement()) {
            statement.execute("""
                    CREATE TABLE seen AS SELECT day.ds, airport, max(distance)::INT AS longest, list(DISTINCT other ORDER BY other)[:3] AS mates
                    FROM (SELECT origin AS airport, destination AS other, distance, ds::VARCHAR AS seen_ds FROM '%1$s/*/*.parquet'
                          UNION ALL SELECT destination, origin, distance, ds::VARCHAR FROM '%1$s/*/*.parquet') flights
                    JOIN (VALUES ('2001-02-06'), ('2001-02-07')) day(ds) ON seen_ds <= day.ds AND (length(airport) = 3)
                    GROUP BY ALL""".formatted(EXAMPLE.resolve("data/flights")));
            // What the table is on the second day is not what it was on the first.
            statement.execute("""
                    COPY (SELECT airport, 'region ' || ascii(airport) %% 5 AS region,
                                 CASE WHEN ds = '2001-02-07' THEN longest ELSE 0 END AS longest,
                                 CASE WHEN ascii(airport) %% 3 = 0 THEN NULL ELSE mates END AS mates, ds FROM seen)
                    TO '%s' (FORMAT PARQUET, PARTITION_BY ds)""".formatted(directory.resolve("airports")));
            statement.execute("""
                    COPY (SELECT airport, 'g' || gate AS gate, (gate * 7 %% 11)::INT AS width,
                                 CASE WHEN gate = 1 THEN NULL ELSE 981590400000 - (gate - 2) * gate * 40000000 END AS opened_ts, ds
                          FROM seen, range(1, 9) gates(gate) WHERE ds = '2001-02-07' OR gate > 4)
                    TO '%s' (FORMAT PARQUET, PARTITION_BY ds)""".formatted(directory.resolve("gates")));
            try (ResultSet all = statement.executeQuery("SELECT DISTINCT airport FROM seen ORDER BY airport")) {
                while (all.next()) {
                    airports.add(all.getString(1));
                }
            }
        }
        Stands.write(directory, airports, FIRST, 2);
    }

    /** Rows served, and those of them whose values some of the training set's rows of the same keys and time do not have. */
    private static List<Long> differing(Path out) throws SQLException {
        try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = duckdb.createStatement();
                ResultSet counts = statement.executeQuery("""
                        SELECT count(*), count(*) FILTER (t.ts IS NULL
                            OR s.route_delay_sum_30d IS DISTINCT FROM t.route_delay_sum_30d
                            OR s.airport_departures_destination_last5_1d IS DISTINCT FROM t.airport_departures_destination_last5_1d
                            OR s.airport_arrivals_delay_max_6h IS DISTINCT FROM t.airport_arrivals_delay_max_6h
                            OR s.origin_airport_daily_distance_sum IS DISTINCT FROM t.origin_airport_daily_distance_sum)
                        FROM '%s/served/*/*.parquet' s LEFT JOIN (SELECT DISTINCT ON (origin, destination, ts) * FROM '%s/training/*/*.parquet') t
                            USING (origin, destination, ts)""".formatted(out, out))) {
            assertThat(counts.next()).isTrue();
            return List.of(counts.getLong(1), counts.getLong(2));
        }
    }
}
