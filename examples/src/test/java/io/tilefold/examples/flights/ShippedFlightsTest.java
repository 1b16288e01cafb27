package io.tilefold.examples.flights;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The extract that ships, and what the demo asks of it. */
class ShippedFlightsTest {
    private static final Path FLIGHTS = Path.of("flights", "data", "flights");
    private static final long BATCH_END_MS = FlightsTable.ms("2001-02-10 00:00");
    private static final long STREAM_END_MS = FlightsTable.ms("2001-02-12 00:00");
    private static final long SEED = 20010210;

    @Test
    void aPartitionPerDayHoldsThatDayInTimeOrder() throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("""
                        SELECT count(*) AS flights, count(DISTINCT ds) AS days, min(ds)::VARCHAR AS first_ds, max(ds)::VARCHAR AS last_ds,
                            count(*) FILTER (ts IS NULL OR delay IS NULL OR distance IS NULL OR origin IS NULL OR destination IS NULL)
                                AS nulls,
                            count(*) FILTER (ts // 86400000 <> datediff('day', DATE '1970-01-01', ds)) AS misplaced,
                            count(*) FILTER (ts < previous) AS disordered,
                            list(DISTINCT typeof(ts) || ' ' || typeof(delay) || ' ' || typeof(distance))::VARCHAR AS types
                        FROM (
                            SELECT *, lag(ts) OVER (PARTITION BY ds ORDER BY file_row_number) AS previous
                            FROM read_parquet('%s/ds=*/part-0.parquet', file_row_number = true)
                        )
                        """.formatted(FLIGHTS))) {
            result.next();
            assertThat(result.getLong("flights")).isEqualTo(686_938);
            assertThat(result.getLong("days")).isEqualTo(42);
            assertThat(result.getString("first_ds")).isEqualTo("2001-01-01");
            assertThat(result.getString("last_ds")).isEqualTo("2001-02-11");
            assertThat(result.getLong("nulls")).isZero();
            assertThat(result.getLong("misplaced")).isZero();
            assertThat(result.getLong("disordered")).isZero();
            assertThat(result.getString("types")).isEqualTo("[BIGINT INTEGER INTEGER]");
        }
    }

    @Test
    void theStreamIsTheLastTwoDaysInTimeOrder() throws SQLException {
        List<FlightEvent> events = FlightEvent.read(FLIGHTS, BATCH_END_MS, STREAM_END_MS);

        assertThat(events).hasSize(31_016);
        assertThat(events).isSortedAccordingTo((a, b) -> Long.compare(a.tsMs(), b.tsMs()));
        assertThat(events.get(0))
                .isEqualTo(
                        new FlightEvent(
                                BATCH_END_MS,
                                "{\"ts\":981763200000,\"delay\":1429,\"distance\":1671,\"origin\":\"PHX\",\"destination\":\"DTW\"}"));
        assertThat(FlightEvent.read(FLIGHTS, BATCH_END_MS, STREAM_END_MS)).isEqualTo(events);
    }

    @Test
    void theDemoAsksEnoughAndReachesEveryCase() throws SQLException {
        DemoQueries demo = DemoQueries.choose(FLIGHTS, BATCH_END_MS, STREAM_END_MS, SEED);

        assertThat(demo.moments()).hasSizeGreaterThanOrEqualTo(24);
        assertThat(demo.moments()).isSortedAccordingTo((a, b) -> Long.compare(a.qMs(), b.qMs()));
        assertThat(demo.moments()).allSatisfy(moment -> {
            assertThat(moment.qMs()).isBetween(BATCH_END_MS, STREAM_END_MS);
            assertThat(moment.questions()).hasSizeGreaterThanOrEqualTo(90).doesNotHaveDuplicates();
            assertThat(moment.questions()).allMatch(question -> question.qMs() == moment.qMs());
        });
        assertThat(demo.questions()).hasSizeGreaterThanOrEqualTo(2_000).doesNotHaveDuplicates();
        DemoQueries.Coverage coverage = demo.coverage();
        assertThat(coverage.eventAtQ()).isGreaterThanOrEqualTo(20);
        assertThat(coverage.eventAtTail()).isGreaterThanOrEqualTo(100);
        assertThat(coverage.tailInBase()).isGreaterThanOrEqualTo(1_000);
        assertThat(coverage.tailInLive()).isGreaterThanOrEqualTo(1_000);
        assertThat(coverage.keyWithoutValue()).isBetween(100L, 500L);
    }

    @Test
    void oneSeedMakesOneChoice() throws SQLException {
        List<Question> questions =
                DemoQueries.choose(FLIGHTS, BATCH_END_MS, STREAM_END_MS, SEED).questions();

        assertThat(DemoQueries.choose(FLIGHTS, BATCH_END_MS, STREAM_END_MS, SEED)
                        .questions())
                .isEqualTo(questions);
        assertThat(DemoQueries.choose(FLIGHTS, BATCH_END_MS, STREAM_END_MS, SEED + 1)
                        .questions())
                .isNotEqualTo(questions);
    }

    @Test
    void mostCellsHaveAValue() throws SQLException {
        List<Question> all =
                DemoQueries.choose(FLIGHTS, BATCH_END_MS, STREAM_END_MS, SEED).questions();
        List<Question> sample = IntStream.range(0, all.size())
                .filter(i -> i % 8 == 0)
                .mapToObj(all::get)
                .toList();

        FlightsOracle.Answers answers = FlightsOracle.answer(FLIGHTS, BATCH_END_MS, sample);

        CellComparison withItself = new CellComparison(1);
        for (int i = 0; i < sample.size(); i++) {
            withItself.compareRow(
                    sample.get(i), answers.rows().get(i), answers.rows().get(i));
        }
        assertThat(withItself.differentCount()).isZero();
        assertThat(withItself.nonNullShare()).isGreaterThan(0.8);
    }
}
