package io.tilefold.examples.flights;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An in-memory DuckDB with the flights in its table {@code flights (ts, delay, distance, origin, destination)}, in order of time, and the
 * scripts of this package. Knows nothing of Tilefold. One thread.
 */
final class FlightsDatabase implements AutoCloseable {
    private static final Pattern STATEMENT_END = Pattern.compile(";\\s*(\\R|$)");
    private static final Pattern COMMENT_LINE = Pattern.compile("(?m)^\\s*--.*$");
    private static final int INSERT_BATCH_SIZE = 512;

    private final Connection connection;

    private FlightsDatabase(Connection connection) {
        this.connection = connection;
    }

    /**
     * Loads every partition of {@code flights}, a directory of {@code ds=…/*.parquet}.
     *
     * @throws IllegalArgumentException if there is no such directory
     */
    static FlightsDatabase open(Path flights) throws SQLException {
        if (!Files.isDirectory(flights)) {
            throw new IllegalArgumentException("no directory of flights " + flights.toAbsolutePath());
        }
        FlightsDatabase database = new FlightsDatabase(DriverManager.getConnection("jdbc:duckdb:"));
        try {
            database.load(flights);
            return database;
        } catch (SQLException | RuntimeException e) {
            database.close();
            throw e;
        }
    }

    private void load(Path flights) throws SQLException {
        execute(
                "CREATE TABLE flights (ts BIGINT, delay INTEGER, distance INTEGER, origin VARCHAR, destination VARCHAR)");
        try (PreparedStatement insert = connection.prepareStatement("""
                INSERT INTO flights SELECT ts, delay, distance, origin, destination
                FROM read_parquet(?, filename = true, file_row_number = true, hive_partitioning = false)
                ORDER BY ts, filename, file_row_number
                """)) {
            insert.setString(1, flights.resolve("ds=*").resolve("*.parquet").toString());
            insert.execute();
        }
    }

    Connection connection() {
        return connection;
    }

    void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Fills the table {@code asked (id, origin, destination, q)}; a question's id is its index. */
    void ask(List<Question> questions) throws SQLException {
        execute("CREATE OR REPLACE TABLE asked (id INTEGER, origin VARCHAR, destination VARCHAR, q BIGINT)");
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO asked VALUES (?, ?, ?, ?)")) {
            for (int id = 0; id < questions.size(); id++) {
                Question question = questions.get(id);
                insert.setInt(1, id);
                setNullable(insert, 2, question.origin());
                setNullable(insert, 3, question.destination());
                insert.setLong(4, question.qMs());
                insert.addBatch();
                if ((id + 1) % INSERT_BATCH_SIZE == 0 || id + 1 == questions.size()) {
                    insert.executeBatch();
                }
            }
        }
    }

    private static void setNullable(PreparedStatement statement, int index, @Nullable String value)
            throws SQLException {
        if (value == null) {
            statement.setNull(index, java.sql.Types.VARCHAR);
        } else {
            statement.setString(index, value);
        }
    }

    /** The statements of a script beside this class. A statement ends with a semicolon at a line's end. */
    static List<String> script(String resource) {
        try (InputStream stream = FlightsDatabase.class.getResourceAsStream(resource)) {
            if (stream == null) {
                throw new IllegalStateException("the examples' jar lacks its resource " + resource);
            }
            String text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            return Arrays.stream(STATEMENT_END.split(COMMENT_LINE.matcher(text).replaceAll("")))
                    .map(String::strip)
                    .filter(statement -> !statement.isEmpty())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("reading the resource " + resource, e);
        }
    }

    void run(String resource) throws SQLException {
        for (String statement : script(resource)) {
            execute(statement);
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
