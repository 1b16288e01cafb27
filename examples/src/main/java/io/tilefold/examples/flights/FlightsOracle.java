package io.tilefold.examples.flights;

import java.nio.file.Path;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the join {@code flight_context} must answer, by SQL that another engine runs over the flights' files: {@code flight_context.sql} beside
 * this class, written from SEMANTICS.md. It shares no code and no constant with Tilefold; only names meet. A few seconds for a thousand
 * questions. Stateless.
 */
public final class FlightsOracle {
    /** Columns of each SELECT that place its values; the others are outputs. */
    private static final int IDS = 1;

    private static final int PART = 2;
    private static final int WINDOW = 3;
    private static final int FIRST_OUTPUT = 4;

    private static final String WINDOW_PLACEHOLDER = "{w}";

    private FlightsOracle() {}

    /**
     * Every output column of the join, for each question.
     *
     * @param columns names of the output columns, the same for all rows
     * @param rows by the question's index: column to value, null where there is no value. Integers of any width are {@code Long}, floating
     *     numbers {@code Double}, lists {@code List}, buckets {@code Map<String, Double>}
     */
    public record Answers(List<String> columns, List<Map<String, @Nullable Object>> rows) {}

    /**
     * @param flights directory of {@code ds=…/*.parquet}; every event in it with {@code ts < q} counts
     * @param batchEndMs {@code B}: what a SNAPSHOT part is served as of
     * @throws IllegalArgumentException if a question is asked for a time before {@code B}, where SEMANTICS.md §4 has no value
     */
    public static Answers answer(Path flights, long batchEndMs, List<Question> questions) throws SQLException {
        for (Question question : questions) {
            if (question.qMs() < batchEndMs) {
                throw new IllegalArgumentException(question + " is before the batch end " + batchEndMs);
            }
        }
        try (FlightsDatabase database = FlightsDatabase.open(flights)) {
            database.run("windows.sql");
            database.execute("SET VARIABLE batch_end = " + batchEndMs + "::BIGINT");
            database.ask(questions);
            return answer(database, questions.size());
        }
    }

    private static Answers answer(FlightsDatabase database, int questionCount) throws SQLException {
        Set<String> columns = new LinkedHashSet<>();
        List<Map<String, @Nullable Object>> rows = new ArrayList<>(questionCount);
        for (int id = 0; id < questionCount; id++) {
            rows.add(new HashMap<>());
        }
        try (Statement statement = database.connection().createStatement()) {
            for (String sql : FlightsDatabase.script("flight_context.sql")) {
                if (!sql.startsWith("SELECT")) {
                    statement.execute(sql);
                    continue;
                }
                try (ResultSet result = statement.executeQuery(sql)) {
                    collect(result, columns, rows);
                }
            }
        }
        return new Answers(List.copyOf(columns), rows);
    }

    private static void collect(ResultSet result, Set<String> columns, List<Map<String, @Nullable Object>> rows)
            throws SQLException {
        ResultSetMetaData metaData = result.getMetaData();
        int columnCount = metaData.getColumnCount();
        while (result.next()) {
            String part = result.getString(PART);
            String window = result.getString(WINDOW);
            // One object for all questions that share a key and a time: a busy airport's map has two hundred entries.
            Map<String, @Nullable Object> values = new LinkedHashMap<>();
            for (int column = FIRST_OUTPUT; column <= columnCount; column++) {
                String output = metaData.getColumnLabel(column).replace(WINDOW_PLACEHOLDER, window);
                values.put(part + "_" + output, plain(result.getObject(column)));
            }
            columns.addAll(values.keySet());
            for (Object id : (Object[]) result.getArray(IDS).getArray()) {
                rows.get(((Number) id).intValue()).putAll(values);
            }
        }
    }

    private static @Nullable Object plain(@Nullable Object value) throws SQLException {
        if (value instanceof Integer integer) {
            return integer.longValue();
        }
        if (value instanceof Array array) {
            List<@Nullable Object> list = new ArrayList<>();
            for (Object element : Arrays.asList((Object[]) array.getArray())) {
                list.add(plain(element));
            }
            return list;
        }
        if (value == null
                || value instanceof Long
                || value instanceof Double
                || value instanceof String
                || value instanceof Map) {
            return value;
        }
        throw new IllegalStateException("flight_context.sql gives a " + value.getClass() + ": cast it to another type");
    }
}
