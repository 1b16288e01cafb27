package io.tilefold.batch.backfill;

import static io.tilefold.batch.backfill.Definitions.DAYS;
import static io.tilefold.batch.backfill.Definitions.WINDOWS;
import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.batch.LocalSpark;
import io.tilefold.batch.Tables;
import io.tilefold.batch.backfill.Definitions.Feature;
import io.tilefold.testsupport.Seeds;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A GroupBy's values at every midnight, equal to the slow model; keys without a value on that day are not there. */
class GroupByBackfillTest {
    @TempDir
    private Path directory;

    /** The rows a value is made of, at a midnight and of some keys. */
    private interface Found {
        TrainingModel.Found at(long q, Predicate<Map<String, Object>> ofKey);
    }

    @Test
    void everyKindOfGroupByEqualsTheModelOnEveryDay() {
        Seeds.forEach(1, random -> {
            Market market = new Market(random);
            Tables tables = new Tables(LocalSpark.session(), market.write(directory));
            check(
                    tables,
                    "temporal",
                    JoinBackfillTest.OF_VIEWS,
                    WINDOWS,
                    false,
                    (q, ofKey) -> TrainingModel.events(market.views, q, ofKey));
            check(
                    tables,
                    "daily",
                    JoinBackfillTest.OF_VIEWS,
                    DAYS,
                    false,
                    (q, ofKey) -> TrainingModel.events(market.views, q, ofKey));
            check(
                    tables,
                    "last",
                    JoinBackfillTest.OF_RATINGS,
                    DAYS,
                    true,
                    (q, ofKey) -> TrainingModel.entities(market.ratings, List.of(), "rated_ts", q, ofKey));
            check(
                    tables,
                    "now",
                    JoinBackfillTest.OF_RATINGS,
                    WINDOWS,
                    true,
                    (q, ofKey) -> TrainingModel.entities(market.ratings, List.of(), "rated_ts", q, ofKey));
            passesThrough(market, tables);
        });
    }

    private static List<Row> run(Tables tables, String name, List<LocalDate> days) {
        return backfill(tables, name).rows(days).collectAsList();
    }

    private static GroupByBackfill backfill(Tables tables, String name) {
        return new GroupByBackfill(
                LocalSpark.session(),
                tables,
                Objects.requireNonNull(JoinBackfillTest.groupBys().get(name)),
                2,
                line -> {});
    }

    private static void check(
            Tables tables, String name, List<Feature> features, String[] windows, boolean ofEntities, Found found) {
        List<LocalDate> days = backfill(tables, name).days();
        assertThat(days).hasSize(Market.DAYS);
        days = days.subList(Market.FIRST_ASKED, Market.DAYS);
        Map<List<Object>, Map<String, @Nullable Object>> rows = new HashMap<>();
        for (Row row : run(tables, name, days)) {
            Map<String, @Nullable Object> values = SparkRow.of(row);
            List<Object> key =
                    List.of(Objects.requireNonNull(values.get("who")), Objects.requireNonNull(values.get("ds")));
            assertThat(rows.put(key, values)).isNull();
        }
        int expected = 0;
        for (LocalDate day : days) {
            long q = (day.toEpochDay() + 1) * Market.DAY_MS;
            for (int i = 0; i < 5; i++) {
                String who = "w" + i;
                TrainingModel.Found ofKey = found.at(q, row -> who.equals(row.get("who")));
                boolean isThere = ofEntities ? !ofKey.changes().isEmpty() : hasValue(ofKey, features, windows);
                Map<String, @Nullable Object> row = rows.get(List.of(who, day.toString()));
                assertThat(row != null).as("%s %s on %s", name, who, day).isEqualTo(isThere);
                if (row != null) {
                    expected++;
                    JoinBackfillTest.compare(row, "", features, windows, ofKey);
                }
            }
        }
        assertThat(rows).hasSize(expected);
    }

    private static boolean hasValue(TrainingModel.Found found, List<Feature> features, String[] windows) {
        List<String> all = new ArrayList<>(List.of(windows));
        all.add("");
        return features.stream()
                .anyMatch(feature -> all.stream().anyMatch(window -> found.value(window, feature.asked()) != null));
    }

    private static void passesThrough(Market market, Tables tables) {
        List<LocalDate> days = backfill(tables, "profile").days();
        List<String> rows = run(tables, "profile", days).stream()
                .map(row -> row.getAs("who") + " " + row.getAs("age") + " " + row.getAs("ds"))
                .toList();
        List<String> expected = market.profiles.stream()
                .map(row -> row.get("who") + " " + row.get("age") + " " + row.get("ds"))
                .toList();
        assertThat(rows).containsExactlyInAnyOrderElementsOf(expected);
    }
}
