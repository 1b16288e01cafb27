package io.tilefold.examples.flights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlightsExtractTest {
    @TempDir
    private Path directory;

    private Path source;

    @BeforeEach
    void writeSource() throws SQLException {
        source = directory.resolve("source.parquet");
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "CREATE TABLE t (date TIMESTAMP, delay BIGINT, distance BIGINT, origin VARCHAR, destination VARCHAR)");
            statement.execute("""
                    INSERT INTO t VALUES
                        ('2001-01-02 00:00:00', 5, 10, 'AAA', 'BBB'),
                        ('2001-01-01 10:00:00', 4, 10, 'ZZZ', 'BBB'),
                        ('2001-01-01 10:00:00', 4, 10, 'AAA', 'BBB'),
                        ('2001-01-01 09:00:00', -1, 10, 'AAA', 'BBB'),
                        ('2001-01-04 00:00:00', 6, 10, 'AAA', 'BBB')
                    """);
            statement.execute("COPY t TO '" + source + "' (FORMAT parquet)");
        }
    }

    @Test
    void aDayIsAPartitionInTimeOrderThenInTheSourcesOrder() throws Exception {
        Path output = directory.resolve("it's out");
        long rowCount =
                FlightsExtract.extract(source, output, LocalDate.parse("2001-01-01"), LocalDate.parse("2001-01-02"));

        assertThat(rowCount).isEqualTo(4);
        assertThat(output.resolve("ds=2001-01-02").resolve("part-0.parquet")).exists();
        List<FlightEvent> events = FlightEvent.read(output, 0, Long.MAX_VALUE);
        assertThat(events)
                .extracting(FlightEvent::json)
                .containsExactly(
                        json("2001-01-01 09:00", -1, "AAA"),
                        json("2001-01-01 10:00", 4, "ZZZ"),
                        json("2001-01-01 10:00", 4, "AAA"),
                        json("2001-01-02 00:00", 5, "AAA"));
    }

    @Test
    void theSameInputGivesTheSameBytes() throws Exception {
        LocalDate ds = LocalDate.parse("2001-01-01");
        FlightsExtract.extract(source, directory.resolve("one"), ds, ds);
        FlightsExtract.extract(source, directory.resolve("two"), ds, ds);

        Path file = Path.of("ds=2001-01-01", "part-0.parquet");
        assertThat(Files.readAllBytes(directory.resolve("one").resolve(file)))
                .isEqualTo(Files.readAllBytes(directory.resolve("two").resolve(file)));
    }

    @Test
    void aDayWithoutFlightsAndAMissingSourceAreRefused() {
        Path output = directory.resolve("out");
        assertThatThrownBy(() -> FlightsExtract.extract(
                        source, output, LocalDate.parse("2001-01-03"), LocalDate.parse("2001-01-03")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no flights of 2001-01-03");
        assertThatThrownBy(() -> FlightsExtract.extract(
                        directory.resolve("none"),
                        output,
                        LocalDate.parse("2001-01-01"),
                        LocalDate.parse("2001-01-01")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("none");
        assertThatThrownBy(() -> FlightsExtract.extract(
                        source, output, LocalDate.parse("2001-01-02"), LocalDate.parse("2001-01-01")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("before the first");
    }

    private static String json(String time, int delay, String origin) {
        return "{\"ts\":%d,\"delay\":%d,\"distance\":10,\"origin\":\"%s\",\"destination\":\"BBB\"}"
                .formatted(FlightsTable.ms(time), delay, origin);
    }
}
