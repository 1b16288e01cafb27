package io.tilefold.batch.backfill;

import static io.tilefold.batch.backfill.Definitions.schema;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.batch.JobException;
import io.tilefold.batch.LocalSpark;
import io.tilefold.batch.TableLocation;
import io.tilefold.batch.Tables;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.ValueType.Scalar;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A few rows of views, ratings and their mutations, every value worked out by hand. */
class LiteralTablesTest {
    @TempDir
    private Path directory;

    private final List<TableLocation> tables = new ArrayList<>();
    private final List<Map<String, Object>> asks = new ArrayList<>();

    private static long ms(String time) {
        return Instant.parse("2001-02-" + time + "Z").toEpochMilli();
    }

    private void ask(@Nullable String visitor, String time) {
        asks.add(LocalSpark.row(
                "id", (long) asks.size(), "visitor", visitor, "at", ms(time), "ds", "2001-02-" + time.substring(0, 2)));
    }

    private static Map<String, Object> rating(String who, int stars, String rated) {
        return LocalSpark.row("who", who, "item", 1L, "stars", stars, "rated_ts", ms(rated));
    }

    private static Map<String, Object> on(String ds, Map<String, Object> row) {
        return Market.with(row, "ds", ds);
    }

    private static Map<String, Object> mutation(String time, boolean isBefore, Map<String, Object> row) {
        Map<String, Object> at = Market.with(row, "mutation_ts", ms(time));
        return on("2001-02-02", Market.with(at, "is_before", isBefore));
    }

    @Test
    void ratingsAsTheyAreUpdatedMovedAndDeleted() {
        Map<String, Object> ofW0 = rating("w0", 5, "01T10:00:00.000");
        Map<String, Object> ofW1 = rating("w1", 3, "01T02:00:00.000");
        Map<String, Object> ofW2 = rating("w2", 4, "02T11:00:00.000");
        tables.add(Market.write(
                directory,
                "ratings",
                Market.RATING,
                List.of(
                        on("2001-02-01", ofW0),
                        on("2001-02-01", ofW1),
                        on("2001-02-02", rating("w0", 3, "01T02:00:00.000")),
                        on("2001-02-02", rating("w2", 1, "01T05:00:00.000")))));
        tables.add(Market.write(
                directory,
                "rating_changes",
                Market.MUTATION,
                List.of(
                        mutation("02T09:00:00.000", true, ofW0), // its value
                        mutation("02T09:00:00.000", false, rating("w0", 2, "01T10:00:00.000")),
                        mutation("02T10:00:00.000", true, ofW1), // its key
                        mutation("02T10:00:00.000", false, rating("w0", 3, "01T02:00:00.000")),
                        mutation("02T11:00:00.000", false, ofW2), // new
                        mutation("02T12:00:00.000", true, ofW2), // its time, to long ago
                        mutation("02T12:00:00.000", false, rating("w2", 1, "01T05:00:00.000")),
                        mutation("02T13:00:00.000", true, rating("w0", 2, "01T10:00:00.000")), // deleted
                        // Not of its partition's day: the snapshot has it.
                        mutation("01T23:00:00.000", false, rating("w1", 1, "01T23:00:00.000")))));
        ask("w0", "02T09:00:00.000");
        ask("w0", "02T09:00:00.001");
        ask("w0", "02T10:30:00.000");
        ask("w0", "02T11:00:00.000");
        ask("w1", "02T10:00:00.000");
        ask("w1", "02T10:00:00.001");
        ask("w2", "02T11:30:00.000");
        ask("w2", "02T12:30:00.000");
        ask("w0", "02T13:30:00.000");
        ask("w0", "03T00:00:00.000");
        ask(null, "02T13:30:00.000");
        GroupBy.Builder now = GroupBy.builder("now")
                .source(new Source.Entities(
                        "ratings",
                        Optional.of("rating_changes"),
                        Optional.empty(),
                        Query.builder().timeColumn("rated_ts").build()))
                .keys("who")
                .accuracy(Accuracy.TEMPORAL)
                .aggregate(Aggregation.of("count", "stars"))
                .aggregate(Aggregation.of("average", "stars"))
                .aggregate(Aggregation.of("count", "stars").windows("1d"));
        CompiledGroupBy compiled = Definitions.compiled(
                now.build(), Definitions.RATING, schema("who", Scalar.STRING, "stars", Scalar.INT));

        assertThat(values(
                        run(join(compiled).build(), compiled),
                        "now_stars_count",
                        "now_stars_average",
                        "now_stars_count_1d"))
                .containsExactly(
                        "1 5.0 1",
                        "1 2.0 1",
                        "2 2.5 1",
                        "2 2.5 null", // the window starts at 11:00
                        "1 3.0 null",
                        "null null null",
                        "1 4.0 1",
                        "1 1.0 null",
                        "1 3.0 null",
                        "1 3.0 null", // from the next snapshot
                        "null null null");
    }

    @Test
    void anUpdateOfWhatIsNotSelectedIsNone() {
        Map<String, Object> rated = rating("w0", 5, "01T10:00:00.000");
        Map<String, Object> other = Market.with(rated, "item", 2L);
        tables.add(Market.write(directory, "ratings", Market.RATING, List.of(on("2001-02-01", rated))));
        tables.add(Market.write(
                directory,
                "rating_changes",
                Market.MUTATION,
                List.of(
                        mutation("02T09:00:00.000", true, rated),
                        mutation("02T09:00:00.000", false, other),
                        mutation("02T10:00:00.000", true, other),
                        mutation("02T10:00:00.000", false, Market.with(other, "stars", 4)),
                        // Two at once, each of its own row, one of them of what is not selected.
                        mutation("02T11:00:00.000", false, rating("w0", 1, "01T11:00:00.000")),
                        mutation("02T11:00:00.000", false, rating("w0", 1, "01T11:00:00.000")),
                        mutation("02T12:00:00.000", true, rating("w0", 1, "01T11:00:00.000")),
                        mutation("02T12:00:00.000", true, rating("w0", 1, "01T11:00:00.000")),
                        mutation("02T12:00:00.000", false, rating("w0", 1, "01T11:00:00.000")))));
        ask("w0", "02T09:30:00.000");
        ask("w0", "02T10:30:00.000");
        ask("w0", "02T11:30:00.000");
        ask("w0", "02T12:30:00.000");
        GroupBy definition = GroupBy.builder("now")
                .source(new Source.Entities(
                        "ratings",
                        Optional.of("rating_changes"),
                        Optional.empty(),
                        Query.builder().timeColumn("rated_ts").build()))
                .keys("who")
                .accuracy(Accuracy.TEMPORAL)
                .aggregate(Aggregation.of("count", "stars"))
                .aggregate(Aggregation.of("last_k", "stars").k(4))
                .build();
        CompiledGroupBy compiled =
                Definitions.compiled(definition, Definitions.RATING, schema("who", Scalar.STRING, "stars", Scalar.INT));

        assertThat(values(run(join(compiled).build(), compiled), "now_stars_count", "now_stars_last4"))
                .containsExactly("1 [5]", "1 [5, 4]", "3 [1, 1, 5, 4]", "2 [1, 1, 5, 4]");
    }

    @Test
    void theTailHopsAndTheHeadIsExact() {
        views();
        ask("w0", "02T10:00:00.000");
        ask("w0", "02T10:00:00.001");
        ask("w0", "02T11:00:00.000");
        ask("w0", "02T11:04:59.999");
        ask("w0", "02T11:05:00.000");
        CompiledGroupBy compiled = lastViews(GroupBy.builder("views"));

        assertThat(values(run(join(compiled).build(), compiled), "views_tag_last_1h", "views_price_sum"))
                .containsExactly("null null", "a 1.5", "a 1.5", "a 1.5", "null 1.5");
    }

    @Test
    void derivationsAreSparksAndWhatThrowsIsNull() {
        views();
        ask("w0", "02T10:30:00.000");
        CompiledGroupBy compiled = lastViews(GroupBy.builder("views")
                .derive("*", "*")
                .derive("tag", "tag_last_1h")
                .derive("twice", "price_sum * 2")
                .derive("broken", "if(price_sum > 1, raise_error('no'), price_sum)"));
        Join.Builder join = join(compiled)
                .derive("*", "*")
                .derive("total", "views_price_sum + size(split(visitor, '')) + ts - ts")
                .derive("day", "concat(ds, views_tag)");

        Map<String, @Nullable Object> row = run(join.build(), compiled).get(0);

        assertThat(row.keySet())
                .containsExactly(
                        "visitor",
                        "id",
                        "ts",
                        "views_price_sum",
                        "views_tag",
                        "views_twice",
                        "views_broken",
                        "total",
                        "day",
                        "ds");
        assertThat(row)
                .containsEntry("views_tag", "a")
                .containsEntry("views_twice", 3.0)
                .containsEntry("views_broken", null)
                .containsEntry("total", 3.5)
                .containsEntry("day", "2001-02-02a");
    }

    @Test
    void withoutAWildcardOnlyKeysAndDerivedColumnsRemain() {
        views();
        ask("w0", "02T10:30:00.000");
        CompiledGroupBy compiled = lastViews(GroupBy.builder("views"));
        Join.Builder join = join(compiled).derive("doubled", "2 * views_price_sum");

        assertThat(run(join.build(), compiled).get(0).keySet()).containsExactly("visitor", "ts", "doubled", "ds");
    }

    @Test
    void skewKeysDropRowsOrHideParts() {
        views();
        ask("w0", "02T10:30:00.000");
        ask("w1", "02T10:30:00.000");
        ask(null, "02T10:30:00.000");
        CompiledGroupBy compiled = lastViews(GroupBy.builder("views"));

        assertThat(run(join(compiled).skewKeys("visitor", List.of("'w0'")).build(), compiled))
                .extracting(row -> row.get("visitor"))
                .containsExactly("w1"); // null is dropped too
        // Two columns listed: a row is dropped only if both are, the part is hidden if its own key is.
        assertThat(values(
                        run(
                                join(compiled)
                                        .skewKeys("visitor", List.of("'w0'"))
                                        .skewKeys("id", List.of("7"))
                                        .build(),
                                compiled),
                        "visitor",
                        "views_price_sum"))
                .containsExactly("w0 null", "w1 2.0", "null null");
    }

    @Test
    void aLeftRowWithoutTimeIsNamed() {
        views();
        asks.add(LocalSpark.row("id", 41L, "visitor", "w0", "ds", "2001-02-02"));
        CompiledGroupBy compiled = lastViews(GroupBy.builder("views"));
        assertThatThrownBy(() -> run(join(compiled).build(), compiled))
                .satisfies(failure -> assertThat(JobException.explain(failure))
                        .isEqualTo("a left row has no time: visitor=w0, id=41, partition 2001-02-02."
                                + " Leave such rows out with a where"));
    }

    @Test
    void twoRowsOfAnEntityAreNamed() {
        tables.add(Market.write(
                directory,
                "profiles",
                Market.PROFILE,
                List.of(
                        LocalSpark.row("who", "w0", "city", "a", "ds", "2001-02-01"),
                        LocalSpark.row("who", "w0", "city", "b", "ds", "2001-02-01"))));
        ask("w0", "02T10:30:00.000");
        GroupBy profile = GroupBy.builder("profile")
                .source(new Source.Entities(
                        "profiles",
                        Optional.empty(),
                        Optional.empty(),
                        Query.builder().select("city", "city").build()))
                .keys("who")
                .build();
        CompiledGroupBy compiled =
                Definitions.compiled(profile, Definitions.PROFILE, schema("who", Scalar.STRING, "city", Scalar.STRING));
        assertThatThrownBy(() -> run(join(compiled).build(), compiled))
                .satisfies(failure -> assertThat(JobException.explain(failure))
                        .isEqualTo("GroupBy profile has no aggregations and two rows of key who=w0"
                                + " in the snapshot of 2001-02-01: an entity has one row"));
    }

    @Test
    void aPartitionThatIsYetToComeIsRefused() {
        views();
        ask("w0", "03T10:30:00.000");
        CompiledGroupBy compiled = lastViews(GroupBy.builder("views"));
        assertThatThrownBy(() -> run(join(compiled).build(), compiled))
                .hasMessageContaining("partition ds=2001-02-03 is missing (newest: 2001-02-02)");
    }

    @Test
    void aTableThatBeginsLaterGivesNulls() {
        views();
        ask("w0", "01T10:30:00.000");
        CompiledGroupBy compiled = lastViews(GroupBy.builder("views"));
        assertThat(values(run(join(compiled).build(), compiled), "visitor", "views_price_sum"))
                .containsExactly("w0 null");
    }

    @Test
    void aJoinsOutputIsReadAsEventsAtTheirTs() {
        views(); // as if a join of that name had written them
        ask("w0", "02T10:30:00.000");
        GroupBy.Builder views = GroupBy.builder("views_again")
                .source(new Source.JoinOutput("views", Query.builder().build()))
                .keys("who")
                .accuracy(Accuracy.TEMPORAL)
                .aggregate(Aggregation.of("sum", "price"));
        CompiledGroupBy compiled = Definitions.compiled(
                views.build(), Definitions.VIEW, schema("who", Scalar.STRING, "price", Scalar.DOUBLE));
        assertThat(values(run(join(compiled).build(), compiled), "views_again_price_sum"))
                .containsExactly("1.5");
    }

    @Test
    void aJoinsOutputThatIsMissingIsNamedWithWhatMakesIt() {
        views();
        ask("w0", "02T10:30:00.000");
        GroupBy.Builder views = GroupBy.builder("views_again")
                .source(new Source.JoinOutput("shop.seen", Query.builder().build()))
                .keys("who")
                .aggregate(Aggregation.of("sum", "price"));
        CompiledGroupBy compiled = Definitions.compiled(
                views.build(), Definitions.VIEW, schema("who", Scalar.STRING, "price", Scalar.DOUBLE));
        assertThatThrownBy(() -> run(join(compiled).build(), compiled))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("no table shop_seen")
                .hasMessageContaining("GroupBy views_again reads it as the output of join shop.seen: tilefold backfill"
                        + " --join shop.seen makes it, --table shop_seen=PATH");
    }

    @Test
    void contextualFieldsAreTheLeftsAndExternalOnesNull() {
        views();
        ask("w0", "02T10:30:00.000");
        CompiledGroupBy compiled = lastViews(GroupBy.builder("views"));
        Join.Builder join = join(compiled)
                .contextual(schema("visitor", Scalar.STRING))
                .externalPart(new Join.ExternalPart(
                        "fraud",
                        schema("visitor", Scalar.STRING),
                        schema("score", Scalar.DOUBLE),
                        Map.of(),
                        Optional.of("card"),
                        Optional.empty()))
                .derive("*", "*")
                .derive("known", "ext_card_fraud_score IS NOT NULL OR ext_contextual_visitor = 'w0'");
        assertThat(values(
                        run(join.build(), compiled),
                        "ext_contextual_visitor",
                        "ext_card_fraud_score",
                        "views_price_sum",
                        "known"))
                .containsExactly("w0 null 1.5 true");
    }

    @Test
    void anExternalPartHasTheValuesOfItsOfflineGroupBy() {
        views();
        ask("w0", "02T10:30:00.000");
        ask("w0", "02T10:00:00.000");
        ask(null, "02T10:30:00.000");
        CompiledGroupBy compiled =
                lastViews(GroupBy.builder("views").derive("*", "*").derive("price", "price_sum"));
        Join.Builder join = join(compiled)
                .externalPart(new Join.ExternalPart(
                        "shop",
                        schema("who", Scalar.STRING),
                        schema("price", Scalar.DOUBLE, "tag_last_1h", Scalar.STRING),
                        Map.of("visitor", "who"),
                        Optional.of("of"),
                        Optional.of("views")))
                .derive("*", "*")
                .derive("twice", "2 * ext_of_shop_price");
        List<Map<String, @Nullable Object>> rows = run(join.build(), compiled);
        assertThat(values(rows, "ext_of_shop_price", "ext_of_shop_tag_last_1h", "twice", "views_price"))
                .containsExactly("1.5 a 3.0 1.5", "null null null null", "null null null null");
        assertThat(rows.get(0)).doesNotContainKeys("ext_of_shop_price_sum", "shop_price");

        Join otherKeys = join(compiled)
                .externalPart(new Join.ExternalPart(
                        "shop",
                        schema("visitor", Scalar.STRING),
                        schema("price", Scalar.DOUBLE),
                        Map.of(),
                        Optional.empty(),
                        Optional.of("views")))
                .build();
        assertThatThrownBy(() -> run(otherKeys, compiled))
                .hasMessageContaining(
                        "external part shop: its keys are visitor, those of its offlineGroupBy views are who");
    }

    @Test
    void aBootstrappedRowTakesItsColumnsNullsTooAndTheFirstPartWins() {
        views();
        ask("w0", "02T10:30:00.000");
        ask("w0", "02T10:30:00.000");
        ask("w0", "02T10:30:00.000");
        ask("w1", "02T10:30:00.000");
        StructType first = new StructType()
                .add("id", DataTypes.LongType)
                .add("views_price_sum", DataTypes.DoubleType)
                .add("ds", DataTypes.StringType);
        StructType second = first.add("total", DataTypes.DoubleType);
        tables.add(Market.write(
                directory,
                "logged",
                first,
                List.of(
                        LocalSpark.row("id", 0L, "views_price_sum", 5.0, "ds", "2001-02-02"),
                        LocalSpark.row("id", 1L, "ds", "2001-02-02"),
                        LocalSpark.row("id", 3L, "views_price_sum", 6.0, "ds", "2001-02-01"))));
        tables.add(Market.write(
                directory,
                "repaired",
                second,
                List.of(
                        LocalSpark.row("id", 0L, "views_price_sum", 17.0, "total", 96.0, "ds", "2001-02-02"),
                        LocalSpark.row("id", 2L, "views_price_sum", 19.0, "total", 95.0, "ds", "2001-02-02"))));
        CompiledGroupBy compiled = lastViews(GroupBy.builder("views"));
        Join.Builder join = join(compiled)
                .rowIds(List.of("id"))
                .bootstrapPart(new Join.BootstrapPart(
                        "logged",
                        fixed("2 * x")
                                .select("views_price_sum", "fixed(views_price_sum)")
                                .build(),
                        List.of()))
                .bootstrapPart(new Join.BootstrapPart(
                        "repaired",
                        fixed("x + 3")
                                .select("views_price_sum", "fixed(views_price_sum)")
                                .select("total", "fixed(total)")
                                .wheres("fixed(id) >= 3")
                                .build(),
                        List.of("id")))
                .derive("*", "*")
                .derive("total", "views_price_sum + 1");

        assertThat(values(run(join.build(), compiled), "id", "views_price_sum", "total", "views_tag_last_1h"))
                .containsExactly("0 10.0 99.0 a", "1 null null a", "2 22.0 98.0 a", "3 2.0 3.0 b");
    }

    private static Query.Builder fixed(String body) {
        return Query.builder()
                .setups(List.of("CREATE TEMPORARY FUNCTION fixed(x DOUBLE) RETURNS DOUBLE RETURN " + body));
    }

    @Test
    void twoBootstrapRowsOfOneKeyAreNamed() {
        views();
        ask("w0", "02T10:30:00.000");
        StructType logged = new StructType()
                .add("id", DataTypes.LongType)
                .add("views_price_sum", DataTypes.DoubleType)
                .add("ds", DataTypes.StringType);
        Map<String, Object> row = LocalSpark.row("id", 0L, "views_price_sum", 10.0, "ds", "2001-02-02");
        tables.add(Market.write(directory, "logged", logged, List.of(row, row)));
        CompiledGroupBy compiled = lastViews(GroupBy.builder("views"));
        Join join = join(compiled)
                .bootstrapPart(new Join.BootstrapPart("logged", Query.builder().build(), List.of("id")))
                .build();
        assertThatThrownBy(() -> run(join, compiled))
                .hasStackTraceContaining("bootstrap part logged has two rows of ds, id = 2001-02-02, 0");
    }

    @Test
    void aLabelPartChangesNoFeature() {
        views();
        ask("w0", "02T10:30:00.000");
        CompiledGroupBy compiled = lastViews(GroupBy.builder("views"));
        List<Map<String, @Nullable Object>> rows = run(join(compiled).build(), compiled);
        assertThat(run(
                        join(compiled)
                                .labelPart(new Join.LabelPart("views", 7, 7))
                                .build(),
                        compiled))
                .isEqualTo(rows);
    }

    @Test
    void whatIsNotBackfilledIsSaidWithWhatToDo() {
        Join noPart = Join.builder(
                        "asked",
                        Source.events("asks", Query.builder().timeColumn("at").build()))
                .build();
        views();
        ask("w0", "02T10:30:00.000");
        CompiledGroupBy compiled = lastViews(GroupBy.builder("views"));
        assertThatThrownBy(() -> run(noPart, compiled))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("join asked has no part: there is nothing to compute");
    }

    private void views() {
        tables.add(Market.write(
                directory,
                "views",
                Market.VIEW,
                List.of(
                        LocalSpark.row(
                                "who", "w0", "price", 1.5, "tag", "a", "ts", ms("02T10:00:00.000"), "ds", "2001-02-02"),
                        LocalSpark.row(
                                "who",
                                "w1",
                                "price",
                                2.0,
                                "tag",
                                "b",
                                "ts",
                                ms("02T10:10:00.000"),
                                "ds",
                                "2001-02-02"))));
    }

    private static CompiledGroupBy lastViews(GroupBy.Builder views) {
        views.source(Source.events("views", Query.builder().timeColumn("ts").build()))
                .keys("who")
                .accuracy(Accuracy.TEMPORAL)
                .aggregate(Aggregation.of("last", "tag").windows("1h"))
                .aggregate(Aggregation.of("sum", "price"));
        return Definitions.compiled(
                views.build(),
                Definitions.VIEW,
                schema("who", Scalar.STRING, "tag", Scalar.STRING, "price", Scalar.DOUBLE));
    }

    private static Join.Builder join(CompiledGroupBy part) {
        return Join.builder(
                        "asked",
                        Source.events(
                                "asks",
                                Query.builder()
                                        .select("id", "id")
                                        .timeColumn("at")
                                        .build()))
                .part(new JoinPart(part.name(), Map.of("visitor", "who"), Optional.empty()));
    }

    /** Rows in the order of their questions. */
    private List<Map<String, @Nullable Object>> run(Join join, CompiledGroupBy part) {
        if (tables.stream().noneMatch(table -> table.table().equals("asks"))) {
            tables.add(Market.write(directory, "asks", Market.ASK, asks));
        }
        Catalog catalog = new Catalog(
                List.of(part),
                List.of(Definitions.compiled(
                        join, Definitions.ASK, schema("visitor", Scalar.STRING, "id", Scalar.LONG), List.of(part))),
                List.of());
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        JoinBackfillTest.run(new Tables(LocalSpark.session(), tables), catalog, 100)
                .forEach(row -> rows.add(new LinkedHashMap<>(SparkRow.of(row))));
        rows.sort(Comparator.comparingLong(row -> row.get("id") instanceof Long id ? id : 0));
        return rows;
    }

    private static List<String> values(List<Map<String, @Nullable Object>> rows, String... columns) {
        List<String> lines = new ArrayList<>();
        for (Map<String, @Nullable Object> row : rows) {
            List<String> values = new ArrayList<>();
            for (String column : columns) {
                assertThat(row).containsKey(column);
                values.add(String.valueOf(row.get(column)));
            }
            lines.add(String.join(" ", values));
        }
        return lines;
    }
}
