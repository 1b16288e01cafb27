package io.tilefold.examples.flights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;

/**
 * Cuts days out of {@code flights-3m.parquet} (see NOTICE) into a table partitioned by day: {@code OUT/ds=2001-01-01/part-0.parquet} and so
 * on, with columns {@code ts} (epoch ms; the source's local time taken as UTC), {@code delay} (minutes), {@code distance} (miles), {@code
 * origin}, {@code destination}. Rows are in time order, rows of one time in the source's order; so the same input gives the same files.
 *
 * <p>Needs nothing but the JDK and DuckDB's JDBC driver, so that it runs from its source: {@code examples/flights/full-data.sh} says how.
 */
public final class FlightsExtract {
    private static final String USAGE = "usage: FlightsExtract FLIGHTS_3M_PARQUET OUTPUT_DIRECTORY FIRST_DS LAST_DS"
            + " (days as yyyy-MM-dd, both included)";
    private static final int EXIT_USAGE = 2;

    /** A day's rows. DuckDB takes no parameters in COPY's target, so the target is quoted in. */
    private static final String COPY_DAY = """
            COPY (
                SELECT epoch_ms(date) AS ts, delay::INTEGER AS delay, distance::INTEGER AS distance, origin, destination
                FROM source
                WHERE date >= make_timestamp(%d * 1000) AND date < make_timestamp(%d * 1000)
                ORDER BY date, file_row_number
            ) TO '%s' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 9)
            """;

    private FlightsExtract() {}

    public static void main(String[] args) throws IOException, SQLException {
        if (args.length != 4) {
            System.err.println(USAGE);
            System.exit(EXIT_USAGE);
        }
        try {
            LocalDate firstDs = LocalDate.parse(args[2]);
            LocalDate lastDs = LocalDate.parse(args[3]);
            long rows = extract(Path.of(args[0]), Path.of(args[1]), firstDs, lastDs);
            System.out.printf("%d flights of %s to %s in %s%n", rows, firstDs, lastDs, args[1]);
        } catch (DateTimeParseException | IllegalArgumentException refused) {
            System.err.println(refused.getMessage() + System.lineSeparator() + USAGE);
            System.exit(EXIT_USAGE);
        }
    }

    /**
     * Writes the days from {@code firstDs} to {@code lastDs}, both included, over what is in {@code output}.
     *
     * @return the number of rows written
     * @throws IllegalArgumentException if the source is missing, or one of the days has no flights in it
     */
    static long extract(Path source, Path output, LocalDate firstDs, LocalDate lastDs)
            throws IOException, SQLException {
        if (!Files.isRegularFile(source)) {
            throw new IllegalArgumentException("no file " + source);
        }
        if (lastDs.isBefore(firstDs)) {
            throw new IllegalArgumentException("the last day " + lastDs + " is before the first, " + firstDs);
        }
        long rowCount = 0;
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE VIEW source AS SELECT * FROM read_parquet('" + quoted(source)
                    + "', file_row_number = true)");
            for (LocalDate ds = firstDs; !ds.isAfter(lastDs); ds = ds.plusDays(1)) {
                Path partition = Files.createDirectories(output.resolve("ds=" + ds));
                Path file = partition.resolve("part-0.parquet");
                statement.execute(COPY_DAY.formatted(startMs(ds), startMs(ds.plusDays(1)), quoted(file)));
                long dayRowCount = rowCount(connection, file);
                if (dayRowCount == 0) {
                    throw new IllegalArgumentException(source + " has no flights of " + ds);
                }
                rowCount += dayRowCount;
            }
        }
        return rowCount;
    }

    private static long startMs(LocalDate ds) {
        return ds.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
    }

    private static long rowCount(Connection connection, Path file) throws SQLException {
        try (PreparedStatement count = connection.prepareStatement("SELECT count(*) FROM read_parquet(?)")) {
            count.setString(1, file.toString());
            try (ResultSet result = count.executeQuery()) {
                result.next();
                return result.getLong(1);
            }
        }
    }

    private static String quoted(Path path) {
        return path.toString().replace("'", "''");
    }
}
