package io.tilefold.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.examples.flights.CellComparison;
import io.tilefold.examples.flights.FlightsOracle;
import io.tilefold.examples.flights.Question;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.Array;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code tilefold backfill} as a user runs it, over the flights: every value of the training set equals what SQL of another engine says of that moment. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class FlightsBackfillIT {
    private static final Path HOME = Path.of(System.getProperty("tilefold.home"));
    private static final Path EXAMPLE = HOME.resolve("examples/flights");
    private static final TilefoldCommand TILEFOLD = new TilefoldCommand(HOME);
    private static final Path DATA = EXAMPLE.resolve("data/flights");
    private static final long DAY_MS = 86_400_000L;

    /** A few hundred of two days' flights, with everything that is known when they are about to leave. */
    private static final String JOIN = """
            kind: Join
            name: flight_training
            left:
              events:
                table: flights
                query:
                  selects: {origin: origin, destination: destination, late: delay > 15}
                  wheres: ["pmod(hash(ts, origin, destination), 75) = 0"]
                  timeColumn: ts
            parts:
              - groupBy: airport_departures
              - groupBy: airport_arrivals
              - groupBy: route
              - {groupBy: airport_daily, keyMapping: {origin: airport}, prefix: origin}
              - {groupBy: airport_daily, keyMapping: {destination: airport}, prefix: destination}
            """;

    @TempDir
    private Path directory;

    @Test
    void theTrainingSetEqualsSqlAndIsComputedOnce() throws Exception {
        Path definitions = definitions();
        Path out = directory.resolve("training");

        TilefoldCommand.Run first = backfill(definitions, out, "2001-02-08", "2001-02-08");
        assertThat(first.code()).as(first.output()).isZero();
        assertThat(first.output()).contains("1 days to compute: not there", " nulls ", " rows of 1 days");
        Map<Path, FileTime> written = files(out);
        TilefoldCommand.Run second = backfill(definitions, out, "2001-02-08", "2001-02-09");
        assertThat(second.code()).as(second.output()).isZero();
        assertThat(second.output()).contains("1 days kept", "1 days to compute: not there, 2001-02-09 to 2001-02-09");
        assertThat(files(out)).as("what was there is as it was").containsAllEntriesOf(written);

        NavigableMap<String, List<Map<String, @Nullable Object>>> days = read(out);
        assertThat(days.keySet()).containsExactly("2001-02-08", "2001-02-09");
        CellComparison comparison = new CellComparison(10);
        for (Map.Entry<String, List<Map<String, @Nullable Object>>> day : days.entrySet()) {
            assertThat(day.getValue().size()).isGreaterThan(100);
            compare(LocalDate.parse(day.getKey()).toEpochDay() * DAY_MS, day.getValue(), comparison);
        }
        assertThat(comparison.differences()).isEmpty();
        assertThat(comparison.differentCount()).isZero();
        assertThat(comparison.nonNullShare()).isGreaterThan(0.7);
    }

    @Test
    void whatIsWrongIsSaidInALine() throws Exception {
        TilefoldCommand.Run unknown = TILEFOLD.run(
                "backfill",
                "--definitions",
                definitions().toString(),
                "--join",
                "flights_training",
                "--table",
                "flights=" + DATA,
                "--out",
                directory.resolve("out").toString());
        assertThat(unknown.code()).isEqualTo(2);
        assertThat(unknown.output())
                .contains("--join flights_training: there is no such join; there are flight_context, flight_training")
                .doesNotContain("\tat ");
    }

    private Path definitions() throws IOException {
        Path definitions = Files.createDirectories(directory.resolve("definitions"));
        try (Stream<Path> files = Files.list(EXAMPLE.resolve("definitions"))) {
            for (Path file : files.toList()) {
                Files.copy(file, definitions.resolve(file.getFileName()));
            }
        }
        Files.writeString(definitions.resolve("flight_training.yaml"), JOIN);
        return definitions;
    }

    private static TilefoldCommand.Run backfill(Path definitions, Path out, String start, String end)
            throws IOException, InterruptedException {
        return TILEFOLD.run(
                "backfill",
                "--definitions",
                definitions.toString(),
                "--join",
                "flight_training",
                "--table",
                "flights=" + DATA,
                "--out",
                out.toString(),
                "--start-ds",
                start,
                "--end-ds",
                end);
    }

    private static Map<Path, FileTime> files(Path out) throws IOException {
        Map<Path, FileTime> files = new HashMap<>();
        try (Stream<Path> all = Files.walk(out)) {
            for (Path file :
                    all.filter(path -> path.toString().endsWith(".parquet")).toList()) {
                files.put(file, Files.getLastModifiedTime(file));
            }
        }
        return files;
    }

    private static void compare(long midnightMs, List<Map<String, @Nullable Object>> rows, CellComparison comparison)
            throws SQLException {
        List<Question> questions = new ArrayList<>();
        for (Map<String, @Nullable Object> row : rows) {
            questions.add(new Question((String) row.remove("origin"), (String) row.remove("destination"), (Long)
                    Objects.requireNonNull(row.remove("ts"))));
            row.keySet().removeAll(List.of("late", "ds"));
        }
        FlightsOracle.Answers answers = FlightsOracle.answer(DATA, midnightMs, questions);
        for (int i = 0; i < rows.size(); i++) {
            comparison.compareRow(questions.get(i), answers.rows().get(i), rows.get(i));
        }
    }

    /** Day to rows, read by a tool that knows nothing of Spark. */
    private static NavigableMap<String, List<Map<String, @Nullable Object>>> read(Path out) throws SQLException {
        NavigableMap<String, List<Map<String, @Nullable Object>>> days = new TreeMap<>();
        try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = duckdb.createStatement();
                ResultSet rows = statement.executeQuery("SELECT * FROM read_parquet('"
                        + out.resolve("ds=*").resolve("*.parquet")
                        + "', hive_partitioning = true, hive_types_autocast = false)")) {
            while (rows.next()) {
                Map<String, @Nullable Object> row = new LinkedHashMap<>();
                for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                    row.put(rows.getMetaData().getColumnLabel(i), plain(rows.getObject(i)));
                }
                days.computeIfAbsent(String.valueOf(row.get("ds")), ignored -> new ArrayList<>())
                        .add(row);
            }
        }
        return days;
    }

    private static @Nullable Object plain(@Nullable Object value) throws SQLException {
        if (value instanceof Integer number) {
            return (long) number;
        }
        if (value instanceof Array array) {
            List<@Nullable Object> list = new ArrayList<>();
            for (Object element : Arrays.asList((Object[]) array.getArray())) {
                list.add(plain(element));
            }
            return list;
        }
        return value;
    }
}
