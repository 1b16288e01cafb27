package io.tilefold.examples.flights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tilefold.core.algebra.Operation;
import io.tilefold.core.algebra.Operations;
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
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Every operation over the shipped flights against another engine's SQL, {@code algebra.sql}: windows before, behind and across the batch end, buckets,
 * lists, element-wise and maps.
 *
 * <p>SQL expresses all but two operations exactly. It cannot give what a CPC sketch estimates (approx_unique_count) nor what a KLL sketch keeps of many
 * inputs (approx_percentile): it gives the exact count and all inputs sorted, and the answer must lie within the sketch's theory of them.
 * approx_histogram_k is asked with a k beyond the number of distinct inputs, where it is exact. Take-backs are not here: flights are events.
 */
class AlgebraSqlTest {
    private static final Path FLIGHTS = Path.of("flights", "data", "flights");
    private static final long BATCH_END_MS = FlightsTable.ms("2001-02-10 00:00");
    private static final List<String> AIRPORTS = List.of("DFW", "JFK", "ANC", "TVC");
    private static final List<String> TIMES =
            List.of("2001-02-10 00:00", "2001-02-10 00:35", "2001-02-10 13:05", "2001-02-11 23:55", "2001-02-13 06:00");

    /** ln 2 / √2^k at k = 8, as the library states it without HIP. */
    private static final double CPC_STANDARD_ERROR = Math.log(2) / 16;

    private static final int KLL_K = 128;
    private static final double KLL_RANK_ERROR = 0.0206;

    /** SQL's answers that serve to judge others. */
    private static final String SORTED = "delay_sorted";

    private final List<Question> questions = new ArrayList<>();
    private final CellComparison comparison = new CellComparison(20);

    @Test
    void everyOperationEqualsSql() throws SQLException {
        for (String airport : AIRPORTS) {
            for (String time : TIMES) {
                questions.add(new Question(airport, null, FlightsTable.ms(time)));
            }
        }
        AlgebraOfFlights flights = new AlgebraOfFlights(BATCH_END_MS);
        List<Map<String, @Nullable Object>> expected;
        try (FlightsDatabase database = FlightsDatabase.open(FLIGHTS)) {
            database.run("windows.sql");
            database.ask(questions);
            expected = expected(database);
            load(database, flights);
        }
        for (int i = 0; i < questions.size(); i++) {
            Question question = questions.get(i);
            Map<String, @Nullable Object> actual =
                    flights.answer(Objects.requireNonNull(question.origin()), question.qMs());
            compareEstimates(expected.get(i), actual);
            for (String output : actual.keySet()) {
                comparison.compare(question, output, expected.get(i).get(output), actual.get(output));
            }
        }
        assertThat(comparison.differences()).isEmpty();
        assertThat(comparison.nonNullShare()).isGreaterThan(0.75);
        assertThat(AlgebraOfFlights.operations())
                .containsAll(Operations.all().stream().map(Operation::name).toList());
    }

    /** Takes the estimates out of both sides. */
    private static void compareEstimates(Map<String, @Nullable Object> expected, Map<String, @Nullable Object> actual) {
        for (String output : List.copyOf(actual.keySet())) {
            Object estimate = actual.get(output);
            if (output.startsWith("destination_approx_unique_count")) {
                Object exact = expected.get(output);
                if (exact == null || estimate == null) {
                    assertThat(estimate).isEqualTo(exact);
                } else {
                    double error = 1 + 4 * CPC_STANDARD_ERROR * (Long) exact;
                    assertThat(((Long) estimate).doubleValue()).isCloseTo((Long) exact, within(error));
                }
            } else if (output.startsWith("delay_approx_percentile")) {
                compareRanks((List<?>) expected.get(SORTED + window(output)), (List<?>) estimate);
            } else {
                continue;
            }
            actual.remove(output);
        }
    }

    private static String window(String output) {
        return output.substring("delay_approx_percentile".length());
    }

    /** Each entry is the input at its place up to k inputs; beyond, it stands within two rank errors, of 99% confidence each, of its place. */
    private static void compareRanks(@Nullable List<?> sorted, @Nullable List<?> estimates) {
        if (sorted == null || estimates == null) {
            assertThat(estimates).isEqualTo(sorted);
            return;
        }
        for (int i = 0; i < estimates.size(); i++) {
            double p = AlgebraOfFlights.PERCENTILES.get(i);
            int place = (int) Math.min(Math.floor(p * sorted.size()), sorted.size() - 1);
            int slack = sorted.size() <= KLL_K ? 0 : (int) Math.ceil(2 * KLL_RANK_ERROR * sorted.size());
            double low = ((Long) sorted.get(Math.max(0, place - slack))).doubleValue();
            double high = ((Long) sorted.get(Math.min(sorted.size() - 1, place + slack))).doubleValue();
            assertThat((Double) estimates.get(i)).isBetween(low, high);
        }
    }

    /** By question: output to value. */
    private List<Map<String, @Nullable Object>> expected(FlightsDatabase database) throws SQLException {
        List<Map<String, @Nullable Object>> answers = new ArrayList<>();
        questions.forEach(question -> answers.add(new HashMap<>()));
        try (Statement statement = database.connection().createStatement()) {
            for (String sql : FlightsDatabase.script("algebra.sql")) {
                if (!sql.startsWith("SELECT")) {
                    statement.execute(sql);
                    continue;
                }
                try (ResultSet result = statement.executeQuery(sql)) {
                    collect(result, answers);
                }
            }
        }
        return answers;
    }

    private static void collect(ResultSet result, List<Map<String, @Nullable Object>> answers) throws SQLException {
        ResultSetMetaData metaData = result.getMetaData();
        while (result.next()) {
            for (int column = 3; column <= metaData.getColumnCount(); column++) {
                String output = metaData.getColumnLabel(column).replace("{w}", result.getString(2));
                answers.get(result.getInt(1)).put(output, plain(result.getObject(column)));
            }
        }
    }

    /** Gives the airports' events to the algebra, newest first, as batch and log would. */
    private static void load(FlightsDatabase database, AlgebraOfFlights flights) throws SQLException {
        String columns = "delay, ratio, destination, numbers, words, pair, by_name";
        for (String airport : new LinkedHashSet<>(AIRPORTS)) {
            AlgebraOfFlights.Airport into = flights.airport(airport);
            try (Statement statement = database.connection().createStatement();
                    ResultSet result = statement.executeQuery("SELECT ts, " + columns + " FROM events WHERE airport = '"
                            + airport + "' ORDER BY ts DESC")) {
                while (result.next()) {
                    List<@Nullable Object> values = new ArrayList<>();
                    for (int column = 2; column <= 8; column++) {
                        values.add(plain(result.getObject(column)));
                    }
                    into.add(result.getLong(1), values);
                }
            }
            into.end();
        }
    }

    /** Long, Double, String, List and Map, as Tilefold's values are. */
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
        if (value instanceof Map<?, ?> map) {
            Map<Object, @Nullable Object> entries = new LinkedHashMap<>();
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                entries.put(entry.getKey(), plain(entry.getValue()));
            }
            return entries;
        }
        return value;
    }
}
