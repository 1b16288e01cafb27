package io.tilefold.examples.flights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A small table of flights, written by hand and stored as the real one is. Everything in one partition: events count by their ts. */
final class FlightsTable {
    private final List<String> rows = new ArrayList<>();

    FlightsTable flight(
            String time, String origin, String destination, @Nullable Integer delay, @Nullable Integer distance) {
        rows.add("(%d, %d, %d, '%s', '%s')".formatted(ms(time), delay, distance, origin, destination));
        return this;
    }

    Path writeTo(Path directory) throws IOException, SQLException {
        Path partition = Files.createDirectories(directory.resolve("ds=2001-01-10"));
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "CREATE TABLE t (ts BIGINT, delay INTEGER, distance INTEGER, origin VARCHAR, destination VARCHAR)");
            statement.execute("INSERT INTO t VALUES " + String.join(", ", rows));
            statement.execute("COPY t TO '" + partition.resolve("part-0.parquet") + "' (FORMAT parquet)");
        }
        return directory;
    }

    /** {@code "2001-01-10 12:07"} in UTC, as epoch milliseconds. */
    static long ms(String time) {
        return Instant.parse(time.replace(' ', 'T') + ":00Z").toEpochMilli();
    }
}
