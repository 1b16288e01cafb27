package io.tilefold.cli.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.testsupport.Seeds;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A comparison finds exactly what was altered: the row, the feature, how, and by how much; and nothing else. */
class ComparisonTest {
    private static final List<String> FEATURES =
            List.of("count", "average", "last", "flag", "lists", "by_key", "mixed", "sketch");
    private static final MessageType SCHEMA = MessageTypeParser.parseMessageType("""
            message asked {
              required int64 tilefold_q;
              optional binary who (STRING);
              optional binary ds (STRING);
              optional int64 count;
              optional double average;
              optional binary last (STRING);
              optional boolean flag;
              optional group lists (LIST) { repeated group list { optional int32 element; } }
              optional group by_key (MAP) { repeated group key_value { required binary key (STRING); optional double value; } }
              optional group mixed { optional float f; optional binary raw; }
              optional double sketch;
            }
            """);

    @TempDir
    private Path directory;

    @Test
    void whatIsAlteredIsFoundAndNothingElse() {
        Seeds.forEach(20, random -> {
            List<AskedRow> rows = rows(random, 50);
            Comparison equal = compared(rows, rows);
            assertThat(equal.agrees()).isTrue();
            assertThat(equal.disagreements()).isZero();

            int row = random.nextInt(rows.size());
            String feature = FEATURES.get(random.nextInt(FEATURES.size() - 1));
            List<AskedRow> served = new ArrayList<>(rows);
            Object before = rows.get(row).values().get(feature);
            Map<String, @Nullable Object> altered = new HashMap<>(rows.get(row).values());
            altered.put(feature, before == null ? 1L : random.nextBoolean() ? null : other(before));
            served.set(row, new AskedRow(rows.get(row).qMs(), rows.get(row).ds(), altered));

            Comparison comparison = compared(rows, served);
            assertThat(comparison.agrees()).isFalse();
            assertThat(comparison.disagreements()).isEqualTo(1);
            for (FeatureTally tally : comparison.features()) {
                assertThat(tally.agrees())
                        .as(tally.name())
                        .isEqualTo(!tally.name().equals(feature));
                assertThat(tally.total()).isEqualTo(rows.size());
                if (!tally.agrees()) {
                    FeatureTally.Difference first = tally.first().orElseThrow();
                    assertThat(first.row()).isEqualTo(rows.get(row));
                    assertThat(first.expected()).isEqualTo(before);
                    assertThat(first.served()).isEqualTo(altered.get(feature));
                    assertThat(tally.missing()).isEqualTo(altered.get(feature) == null ? 1 : 0);
                    assertThat(tally.extra()).isEqualTo(before == null ? 1 : 0);
                }
            }
        });
    }

    @Test
    void differencesHaveASizeAndSketchesAreNotJudged() {
        assertThat(ValueDistance.between(3L, 5L, 1e-9)).isEqualTo(2);
        assertThat(ValueDistance.between(1e9, 1e9 + 0.5, 1e-9)).isZero();
        assertThat(ValueDistance.between(1e9, 1e9 + 2, 1e-9)).isEqualTo(2);
        assertThat(ValueDistance.between(1L, 1.0, 1e-9)).isInfinite();
        assertThat(ValueDistance.between(Double.NaN, Double.NaN, 1e-9)).isInfinite();
        assertThat(ValueDistance.between(List.of(1L, 2L), List.of(1L, 9L), 1e-9))
                .isEqualTo(7);
        assertThat(ValueDistance.between(List.of(1L), List.of(1L, 2L), 1e-9)).isInfinite();
        assertThat(ValueDistance.between(Map.of("a", 1.0), Map.of("b", 1.0), 1e-9))
                .isInfinite();
        assertThat(ValueDistance.between(new byte[] {1}, new byte[] {1}, 0)).isZero();
        assertThat(ValueDistance.between("a", "b", 0)).isInfinite();

        Comparison comparison = new Comparison(List.of("sketch"), Set.of("sketch"), 1e-9);
        AskedRow row = new AskedRow(1, "2001-02-09", Map.of("sketch", 100.0));
        assertThat(comparison.add(row, Map.of("sketch", 103.0))).isEmpty();
        assertThat(comparison.agrees()).isTrue();
        assertThat(comparison.features().iterator().next().largest()).isEqualTo(3);
        assertThat(comparison.add(row, new HashMap<>())).containsExactly("sketch");
        assertThat(comparison.agrees()).isFalse();
    }

    @Test
    void servedRowsAreReadBackAsTheyWereByUsAndByDuckDb() throws Exception {
        List<AskedRow> rows = rows(new SplittableRandom(7), 30);
        try (ServedTable served = new ServedTable(directory, SCHEMA, Set.of("sketch"))) {
            for (AskedRow row : rows) {
                served.write(row, row.values(), Map.of("part", "COMPLETE"));
            }
        }
        List<Map<String, @Nullable Object>> read = new ArrayList<>();
        for (String ds : List.of("2001-02-08", "2001-02-09")) {
            try (ParquetRows day = new ParquetRows(directory.resolve("ds=" + ds))) {
                day.forEachRemaining(read::add);
            }
        }
        assertThat(read).hasSameSizeAs(rows);
        for (int i = 0; i < rows.size(); i++) {
            assertThat(read.get(i)).as("which was not asked for").doesNotContainKey("sketch");
            for (String feature : FEATURES.subList(0, FEATURES.size() - 1)) {
                Object expected = rows.get(i).values().get(feature);
                assertThat(ValueDistance.between(expected, read.get(i).get(feature), 0))
                        .as("row %d, %s: %s", i, feature, expected)
                        .isZero();
            }
        }
        try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = duckdb.createStatement();
                ResultSet sums = statement.executeQuery(
                        "SELECT count(*), sum(count), count(DISTINCT ds), min(tilefold_status['part']) FROM read_parquet('"
                                + directory + "/*/*.parquet', hive_partitioning = true)")) {
            assertThat(sums.next()).isTrue();
            assertThat(sums.getLong(1)).isEqualTo(rows.size());
            assertThat(sums.getLong(2))
                    .isEqualTo(rows.stream()
                            .map(row -> row.values().get("count"))
                            .mapToLong(value -> value == null ? 0 : (Long) value)
                            .sum());
            assertThat(sums.getLong(3)).isEqualTo(2);
            assertThat(sums.getString(4)).isEqualTo("COMPLETE");
        }
    }

    private static Comparison compared(List<AskedRow> rows, List<AskedRow> served) {
        Comparison comparison = new Comparison(FEATURES, Set.of("sketch"), ValueDistance.DEFAULT_TOLERANCE);
        for (int i = 0; i < rows.size(); i++) {
            comparison.add(rows.get(i), served.get(i).values());
        }
        return comparison;
    }

    private static Object other(Object value) {
        if (value instanceof Long number) {
            return number + 1;
        }
        if (value instanceof Double number) {
            return number + 0.001;
        }
        if (value instanceof Boolean bit) {
            return !bit;
        }
        if (value instanceof List<?> list) {
            List<@Nullable Object> longer = new ArrayList<>(list);
            longer.add(null);
            return longer;
        }
        if (value instanceof Map<?, ?> map) {
            Map<Object, @Nullable Object> fewer = new LinkedHashMap<>(map);
            fewer.remove(map.keySet().iterator().next());
            return fewer;
        }
        return value + "x";
    }

    private static List<AskedRow> rows(SplittableRandom random, int count) {
        List<AskedRow> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Map<String, @Nullable Object> values = new LinkedHashMap<>();
            values.put("who", "w" + i);
            values.put("count", random.nextInt(5) == 0 ? null : random.nextLong(100));
            values.put("average", random.nextInt(5) == 0 ? null : random.nextDouble(-50, 50));
            values.put("last", random.nextInt(5) == 0 ? null : "\u00e9" + random.nextInt(9));
            values.put("flag", random.nextInt(5) == 0 ? null : random.nextBoolean());
            List<@Nullable Object> list = new ArrayList<>();
            random.ints(random.nextInt(4), -9, 9).forEach(element -> list.add(element == 0 ? null : (long) element));
            values.put("lists", list);
            values.put("by_key", Map.of("a", random.nextDouble(), "b", 2.0));
            values.put("mixed", Map.of("f", 0.1f, "raw", new byte[] {1, (byte) i}));
            values.put("sketch", random.nextDouble());
            rows.add(new AskedRow(i, i < count / 2 ? "2001-02-08" : "2001-02-09", values));
        }
        return rows;
    }
}
