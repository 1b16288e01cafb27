package io.tilefold.batch.backfill;

import static io.tilefold.batch.backfill.Definitions.DAYS;
import static io.tilefold.batch.backfill.Definitions.WINDOWS;
import static io.tilefold.batch.backfill.Definitions.schema;
import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.batch.LocalSpark;
import io.tilefold.batch.Tables;
import io.tilefold.batch.backfill.Definitions.Feature;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.Seeds;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Joins over random tables of every kind of source, both kinds of left, equal to the slow model in every row and column. */
class JoinBackfillTest {
    static final List<Feature> OF_VIEWS = List.of(
            Feature.of("count", "tag"),
            Feature.of("sum", "price"),
            Feature.of("last_k", "tag", 3),
            Feature.of("unique_count", "tag"));
    static final List<Feature> OF_RATINGS = List.of(
            Feature.of("count", "stars"),
            Feature.of("average", "stars"),
            Feature.of("histogram", "tag"),
            Feature.of("max", "stars"));

    private static final int DAYS_AT_ONCE = 100;

    @TempDir
    private Path directory;

    @Test
    void everyKindOfPartEqualsTheModelForALeftOfEvents() {
        Seeds.forEach(1, random -> {
            Market market = new Market(random);
            Tables tables = new Tables(LocalSpark.session(), market.write(Files.createTempDirectory(directory, "t")));
            List<Row> rows = run(
                    tables, join(Source.events("asks", asked().timeColumn("at").build())), 5);
            check(market, rows, true);
        });
    }

    @Test
    void everyKindOfPartEqualsTheModelForALeftOfEntities() {
        Seeds.forEach(1, random -> {
            Market market = new Market(random);
            Tables tables = new Tables(LocalSpark.session(), market.write(Files.createTempDirectory(directory, "t")));
            Source left = new Source.Entities("asks", Optional.empty(), Optional.empty(), asked().build());
            check(market, run(tables, join(left), DAYS_AT_ONCE), false);
        });
    }

    @Test
    void keysThatAreCutAlongTimeEqualTheModel() {
        Seeds.forEach(1, random -> {
            Market market = new Market(random);
            Tables tables = new Tables(LocalSpark.session(), market.write(Files.createTempDirectory(directory, "t")));
            Catalog catalog =
                    join(Source.events("asks", asked().timeColumn("at").build()));
            SkewSettings everyKey = new SkewSettings(4, Integer.MAX_VALUE, 0);
            check(market, run(tables, catalog, DAYS_AT_ONCE, everyKey), true);
        });
    }

    private static Query.Builder asked() {
        return Query.builder().select("id", "id").select("visitor", "visitor").select("score", "score");
    }

    /** The parts' GroupBys by name. */
    static Map<String, CompiledGroupBy> groupBys() {
        Map<String, CompiledGroupBy> all = new LinkedHashMap<>();
        Query views = Query.builder().timeColumn("ts").build();
        var selectedViews = schema("who", Scalar.STRING, "tag", Scalar.STRING, "price", Scalar.DOUBLE);
        all.put("temporal", groupBy("temporal", Accuracy.TEMPORAL, selectedViews, Source.events("views", views)));
        all.put("daily", groupBy("daily", Accuracy.SNAPSHOT, selectedViews, Source.events("views", views)));
        all.put(
                "cumulative",
                groupBy(
                        "cumulative",
                        Accuracy.TEMPORAL,
                        selectedViews,
                        new Source.Events("all_views", Optional.empty(), views, true)));
        GroupBy.Builder pairs = GroupBy.builder("pairs")
                .source(Source.events("views", views))
                .source(Source.events(
                        "more_views",
                        Query.builder().timeColumn("ts").wheres("price > 10").build()))
                .keys("item", "who")
                .accuracy(Accuracy.TEMPORAL);
        Definitions.aggregate(pairs, OF_VIEWS, WINDOWS);
        all.put(
                "pairs",
                Definitions.compiled(
                        pairs.build(),
                        Definitions.VIEW,
                        schema(
                                "item", Scalar.INT,
                                "who", Scalar.STRING,
                                "tag", Scalar.STRING,
                                "price", Scalar.DOUBLE)));
        var selectedRatings = schema("who", Scalar.STRING, "stars", Scalar.INT, "tag", Scalar.STRING);
        Query ratings = Query.builder().timeColumn("rated_ts").build();
        GroupBy.Builder now = GroupBy.builder("now")
                .source(new Source.Entities("ratings", Optional.of("rating_changes"), Optional.empty(), ratings))
                .keys("who")
                .accuracy(Accuracy.TEMPORAL);
        Definitions.aggregate(now, OF_RATINGS, WINDOWS);
        all.put("now", Definitions.compiled(now.build(), Definitions.RATING, selectedRatings));
        GroupBy.Builder last = GroupBy.builder("last")
                .source(new Source.Entities("ratings", Optional.empty(), Optional.empty(), ratings))
                .keys("who")
                .accuracy(Accuracy.SNAPSHOT);
        Definitions.aggregate(last, OF_RATINGS, DAYS);
        all.put("last", Definitions.compiled(last.build(), Definitions.RATING, selectedRatings));
        GroupBy profile = GroupBy.builder("profile")
                .source(new Source.Entities(
                        "profiles",
                        Optional.empty(),
                        Optional.empty(),
                        Query.builder()
                                .select("city", "upper(city)")
                                .select("age", "age")
                                .build()))
                .keys("who")
                .accuracy(Accuracy.SNAPSHOT)
                .build();
        all.put(
                "profile",
                Definitions.compiled(
                        profile,
                        Definitions.PROFILE,
                        schema("who", Scalar.STRING, "city", Scalar.STRING, "age", Scalar.INT)));
        return all;
    }

    private static CompiledGroupBy groupBy(
            String name, Accuracy accuracy, io.tilefold.core.value.Schema selected, Source source) {
        GroupBy.Builder builder =
                GroupBy.builder(name).source(source).keys("who").accuracy(accuracy);
        Definitions.aggregate(builder, OF_VIEWS, accuracy == Accuracy.SNAPSHOT ? DAYS : WINDOWS);
        return Definitions.compiled(builder.build(), Definitions.VIEW, selected);
    }

    static Catalog catalogOfEvents() {
        return join(Source.events("asks", asked().timeColumn("at").build()));
    }

    private static Catalog join(Source left) {
        Map<String, CompiledGroupBy> groupBys = groupBys();
        Join.Builder join = Join.builder("asked", left);
        Map<String, String> who = Map.of("visitor", "who");
        join.part(new JoinPart("temporal", who, Optional.empty()))
                .part(new JoinPart("pairs", who, Optional.of("both")))
                .part(new JoinPart("daily", who, Optional.empty()))
                .part(new JoinPart("cumulative", who, Optional.empty()))
                .part(new JoinPart("now", who, Optional.empty()))
                .part(new JoinPart("last", who, Optional.empty()))
                .part(new JoinPart("profile", who, Optional.empty()));
        List<CompiledGroupBy> parts = join.build().parts().stream()
                .map(part -> Objects.requireNonNull(groupBys.get(part.groupBy())))
                .toList();
        CompiledJoin compiled = Definitions.compiled(
                join.build(),
                Definitions.ASK,
                schema("id", Scalar.LONG, "visitor", Scalar.STRING, "score", Scalar.DOUBLE, "item", Scalar.INT),
                parts);
        return new Catalog(List.copyOf(groupBys.values()), List.of(compiled), List.of());
    }

    /** Runs a catalog's join over all days of its left, in steps of so many days. */
    static List<Row> run(Tables tables, Catalog catalog, int stepDays) {
        return run(tables, catalog, stepDays, SkewSettings.of(1, 2));
    }

    private static List<Row> run(Tables tables, Catalog catalog, int stepDays, SkewSettings skew) {
        JoinBackfill backfill = new JoinBackfill(
                LocalSpark.session(), tables, catalog, catalog.joins().get(0), 2, skew, line -> {});
        List<LocalDate> days = backfill.days();
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < days.size(); i += stepDays) {
            rows.addAll(backfill.rows(days.subList(i, Math.min(days.size(), i + stepDays)))
                    .collectAsList());
        }
        return rows;
    }

    private static void check(Market market, List<Row> rows, boolean leftIsEvents) {
        assertThat(rows).hasSameSizeAs(market.asks);
        Map<Object, Integer> times = new HashMap<>();
        market.asks.forEach(ask -> times.merge(ask.get("id"), 1, Integer::sum));
        rows.forEach(row -> times.merge(row.getAs("id"), -1, Integer::sum));
        assertThat(times.values()).as("every left row comes out once").containsOnly(0);
        Map<Object, Map<String, Object>> asks = new HashMap<>();
        market.asks.forEach(ask -> asks.put(ask.get("id"), ask));
        for (Row row : rows) {
            check(market, Objects.requireNonNull(asks.get(row.getAs("id"))), SparkRow.of(row), leftIsEvents);
        }
    }

    private static void check(
            Market market, Map<String, Object> ask, Map<String, @Nullable Object> row, boolean leftIsEvents) {
        Object who = ask.get("visitor");
        Object item = ask.get("item");
        long day = LocalDate.parse((String) ask.get("ds")).toEpochDay();
        long q = leftIsEvents ? (Long) Objects.requireNonNull(ask.get("at")) : (day + 1) * Market.DAY_MS;
        long midnight = leftIsEvents ? day * Market.DAY_MS : q;
        assertThat(row.get("ds")).isEqualTo(ask.get("ds"));
        assertThat(row.get("visitor")).isEqualTo(who);
        assertThat(row.get("score")).isEqualTo(ask.get("score"));
        if (leftIsEvents) {
            assertThat(row.get("ts")).isEqualTo(q);
        } else {
            assertThat(row).doesNotContainKey("ts");
        }
        Predicate<Map<String, Object>> ofWho = other -> who != null && who.equals(other.get("who"));
        Predicate<Map<String, Object>> ofBoth = ofWho.and(other -> item != null && item.equals(other.get("item")));
        compare(row, "temporal_", OF_VIEWS, WINDOWS, TrainingModel.events(market.views, q, ofWho));
        compare(row, "daily_", OF_VIEWS, DAYS, TrainingModel.events(market.views, midnight, ofWho));
        String newest = Market.ds(Market.DAYS - 1);
        compare(
                row,
                "cumulative_",
                OF_VIEWS,
                WINDOWS,
                TrainingModel.cumulative(market.allViews, q, ofWho.and(view -> newest.equals(view.get("ds")))));
        List<Map<String, Object>> both = new ArrayList<>(market.views);
        market.moreViews.stream()
                .filter(view -> view.get("price") instanceof Double price && price > 10)
                .forEach(both::add);
        market.moreViews.stream()
                .filter(view -> view.get("price") instanceof Double price && price.isNaN())
                .forEach(both::add); // NaN is larger than any number in Spark SQL
        compare(row, "both_pairs_", OF_VIEWS, WINDOWS, TrainingModel.events(both, q, ofBoth));
        compare(
                row,
                "now_",
                OF_RATINGS,
                WINDOWS,
                TrainingModel.entities(market.ratings, market.changes, "rated_ts", q, ofWho));
        compare(
                row,
                "last_",
                OF_RATINGS,
                DAYS,
                TrainingModel.entities(market.ratings, List.of(), "rated_ts", midnight, ofWho));
        String before = LocalDate.ofEpochDay(midnight / Market.DAY_MS - 1).toString();
        Optional<Map<String, Object>> profile = market.profiles.stream()
                .filter(ofWho.and(other -> before.equals(other.get("ds"))))
                .findFirst();
        assertThat(row.get("profile_city"))
                .isEqualTo(profile.map(found -> found.get("city"))
                        .map(city -> ((String) city).toUpperCase(java.util.Locale.ROOT))
                        .orElse(null));
        assertThat(row.get("profile_age"))
                .isEqualTo(profile.map(found -> (Long) (long) (Integer) Objects.requireNonNull(found.get("age")))
                        .orElse(null));
    }

    static void compare(
            Map<String, @Nullable Object> row,
            String part,
            List<Feature> features,
            String[] windows,
            TrainingModel.Found found) {
        for (Feature feature : features) {
            for (int i = 0; i <= windows.length; i++) {
                String window = i < windows.length ? windows[i] : "";
                String column = part + feature.name(window);
                assertThat(row).containsKey(column);
                Object expected = found.value(window, feature.asked());
                Object actual = row.get(column);
                if (expected instanceof Double number && actual instanceof Double other) {
                    assertThat(other).as(column).isCloseTo(number, org.assertj.core.data.Offset.offset(1e-9));
                } else {
                    assertThat(actual).as("%s of %s", column, row).isEqualTo(expected);
                }
            }
        }
    }
}
