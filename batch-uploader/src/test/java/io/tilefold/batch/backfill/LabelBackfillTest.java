package io.tilefold.batch.backfill;

import static io.tilefold.batch.backfill.Definitions.schema;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.batch.JobException;
import io.tilefold.batch.LocalSpark;
import io.tilefold.batch.NotYetException;
import io.tilefold.batch.TableLocation;
import io.tilefold.batch.Tables;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.Seeds;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Labels beside features: every value worked out by hand, and random tables against plain SQL; in files, read by DuckDB, and in tables of Spark's catalog. */
class LabelBackfillTest {
    private static final String LABELED = "asked_labeled";
    private static final String LATEST = "asked_labeled_latest";

    @TempDir
    private Path directory;

    private final List<TableLocation> tables = new ArrayList<>();
    private final List<Map<String, Object>> asks = new ArrayList<>();
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private Consumer<String> progress = line -> {};

    private enum Where {
        FILES,
        TABLE
    }

    @BeforeEach
    void noTables() {
        for (String view : List.of(LABELED, LATEST)) {
            sql("DROP VIEW IF EXISTS " + view);
        }
        for (String table : List.of("asked", "asked_labels")) {
            sql("DROP TABLE IF EXISTS " + table);
        }
    }

    private static void sql(String statement) {
        var unused = LocalSpark.session().sql(statement);
    }

    private static long ms(String time) {
        return Instant.parse("2001-" + time + "Z").toEpochMilli();
    }

    private static LocalDate day(String day) {
        return LocalDate.parse("2001-" + day);
    }

    private void ask(long id, @Nullable String visitor, String time) {
        asks.add(LocalSpark.row("id", id, "visitor", visitor, "at", ms(time), "ds", "2001-" + time.substring(0, 5)));
    }

    private static Map<String, Object> status(String who, @Nullable String city, String ds) {
        return LocalSpark.row("who", who, "city", city, "age", 1, "ds", "2001-" + ds);
    }

    private static Map<String, Object> view(String who, double price, String time) {
        return LocalSpark.row(
                "who", who, "price", price, "tag", "t", "ts", ms(time), "ds", "2001-" + time.substring(0, 5));
    }

    private void views() {
        tables.add(Market.write(
                directory,
                "views",
                Market.VIEW,
                List.of(
                        view("w1", 8, "01-31T23:59:59.999"),
                        view("w0", 1, "02-01T00:00:00.000"),
                        view("w0", 2, "02-02T23:59:59.999"),
                        view("w0", 4, "02-03T00:00:00.000"))));
    }

    private void statuses(List<Map<String, Object>> rows) {
        tables.add(Market.write(directory, "statuses", Market.PROFILE, rows));
    }

    private static CompiledGroupBy views(GroupBy.Builder groupBy) {
        GroupBy definition = groupBy.source(
                        Source.events("views", Query.builder().timeColumn("ts").build()))
                .keys("who")
                .build();
        return Definitions.compiled(
                definition,
                Definitions.VIEW,
                schema("who", Scalar.STRING, "price", Scalar.DOUBLE, "tag", Scalar.STRING));
    }

    private static CompiledGroupBy feature() {
        return views(GroupBy.builder("seen").accuracy(Accuracy.TEMPORAL).aggregate(Aggregation.of("sum", "price")));
    }

    private static CompiledGroupBy spend(Accuracy accuracy) {
        return views(GroupBy.builder("spend")
                .accuracy(accuracy)
                .aggregate(Aggregation.of("sum", "price").windows("2d")));
    }

    private static CompiledGroupBy status() {
        GroupBy definition = GroupBy.builder("shop.status")
                .source(new Source.Entities(
                        "statuses",
                        Optional.empty(),
                        Optional.empty(),
                        Query.builder().select("city", "upper(city)").build()))
                .keys("who")
                .build();
        return Definitions.compiled(
                definition, Definitions.PROFILE, schema("who", Scalar.STRING, "city", Scalar.STRING));
    }

    private static Join.Builder join(@Nullable String prefix, CompiledGroupBy label, int startDays, int endDays) {
        Map<String, String> who = Map.of("visitor", "who");
        return Join.builder(
                        "asked",
                        Source.events(
                                "asks",
                                Query.builder()
                                        .select("id", "id")
                                        .timeColumn("at")
                                        .build()))
                .rowIds(List.of("id"))
                .part(new JoinPart("seen", who, Optional.empty()))
                .labelPart(new Join.LabelPart(
                        new JoinPart(label.name(), who, Optional.ofNullable(prefix)), startDays, endDays));
    }

    private static Catalog catalog(Join join, CompiledGroupBy label) {
        Schema left = schema("visitor", Scalar.STRING, "id", Scalar.LONG);
        CompiledJoin compiled = Definitions.compiled(join, Definitions.ASK, left, List.of(feature()));
        return new Catalog(List.of(feature(), label), List.of(compiled), List.of());
    }

    private Tables found() {
        if (tables.stream().noneMatch(table -> table.table().equals("asks"))) {
            tables.add(Market.write(directory, "asks", Market.ASK, asks));
        }
        return new Tables(LocalSpark.session(), tables);
    }

    private void features(Catalog catalog, Where where) {
        SparkSession spark = LocalSpark.session();
        JoinBackfill backfill =
                new JoinBackfill(spark, found(), catalog, catalog.joins().get(0), 2, SkewSettings.of(1, 2), line -> {});
        TrainingOutput output = where == Where.FILES
                ? TrainingOutput.files(spark, directory.resolve("asked").toString())
                : TrainingOutput.table(spark, "asked", Optional.of("parquet"));
        var unused = output.replace(backfill.days(), backfill.rows(backfill.days()), backfill.computedWith());
    }

    private LabelBackfill backfill(Catalog catalog) {
        return new LabelBackfill(
                LocalSpark.session(),
                found(),
                catalog,
                catalog.joins().get(0),
                2,
                SkewSettings.of(1, 2),
                line -> progress.accept(line));
    }

    private LabelRun labels(Catalog catalog, Where where) {
        PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
        return where == Where.FILES
                ? LabelRun.files(
                        LocalSpark.session(),
                        backfill(catalog),
                        directory.resolve("asked").toString(),
                        out)
                : LabelRun.table(LocalSpark.session(), backfill(catalog), "asked", Optional.of("parquet"), out);
    }

    private String run(Catalog catalog, Where where) {
        return run(catalog, where, Optional.empty());
    }

    /** Runs over all days, two label days at a time, and gives what was printed. */
    private String run(Catalog catalog, Where where, Optional<LocalDate> labelEnd) {
        printed.reset();
        labels(catalog, where).run(day -> true, labelEnd, 2, false);
        return printed.toString(StandardCharsets.UTF_8);
    }

    /** Some columns of what reads features and labels together. */
    private List<String> read(Where where, String view, String columns) {
        String line = Stream.of(columns.split(", ", -1))
                .map(column -> "coalesce(CAST(" + column + " AS string), 'null')")
                .collect(Collectors.joining(", "));
        String select = "SELECT concat_ws(' ', " + line + ") AS line FROM ";
        if (where == Where.TABLE) {
            return LocalSpark.session().sql(select + view).collectAsList().stream()
                    .map(row -> row.getString(0))
                    .sorted()
                    .toList();
        }
        List<String> lines = new ArrayList<>();
        try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = duckdb.createStatement()) {
            String sql = Files.readString(directory.resolve(view + ".sql"));
            ResultSet rows = statement.executeQuery(select + "(\n" + sql.replace(";", "") + ")");
            while (rows.next()) {
                lines.add(rows.getString(1));
            }
        } catch (SQLException | IOException e) {
            throw new AssertionError(e);
        }
        lines.sort(null);
        return lines;
    }

    private void askOfStatuses() {
        views();
        ask(0, "w0", "02-01T10:00:00.000");
        ask(0, "w0", "02-01T10:00:00.000"); // equal rows come out each
        ask(1, "w1", "02-01T11:00:00.000");
        ask(2, null, "02-01T12:00:00.000");
        ask(3, "w0", "02-01T13:00:00.000");
        ask(4, "w0", "02-02T10:00:00.000");
    }

    @ParameterizedTest
    @EnumSource
    void entitiesAreThoseOfTheLabelDay(Where where) {
        askOfStatuses();
        statuses(List.of(
                status("w0", "long before", "02-01"),
                status("w0", "a", "02-02"),
                status("w2", "nobody", "02-02"),
                status("w0", "b", "02-03"),
                status("w1", "c", "02-03"),
                status("w0", "d", "02-04")));
        Catalog catalog = catalog(join(null, status(), 3, 2).build(), status());
        features(catalog, where);

        assertThat(run(catalog, where))
                .contains(
                        "asked labels: 3 label days 2001-02-02 to 2001-02-04, left days 2001-02-01 to 2001-02-02:"
                                + " to compute: not there",
                        "asked labels: step 2 of 2, 1 label days 2001-02-04 to 2001-02-04, left days 2001-02-02 to"
                                + " 2001-02-02: 1 rows",
                        "left days 2001-02-01 to 2001-02-02: 12 rows to ",
                        "shop_status_city");
        assertThat(read(where, LABELED, "ds, label_ds, id, label_shop_status_city"))
                .containsExactly(
                        "2001-02-01 2001-02-02 0 A",
                        "2001-02-01 2001-02-02 0 A",
                        "2001-02-01 2001-02-02 1 null",
                        "2001-02-01 2001-02-02 2 null",
                        "2001-02-01 2001-02-02 3 A",
                        "2001-02-01 2001-02-03 0 B",
                        "2001-02-01 2001-02-03 0 B",
                        "2001-02-01 2001-02-03 1 C",
                        "2001-02-01 2001-02-03 2 null",
                        "2001-02-01 2001-02-03 3 B",
                        "2001-02-02 2001-02-03 4 B",
                        "2001-02-02 2001-02-04 4 D");
        assertThat(read(where, LATEST, "ds, label_ds, id, label_shop_status_city"))
                .containsExactly(
                        "2001-02-01 2001-02-03 0 B",
                        "2001-02-01 2001-02-03 0 B",
                        "2001-02-01 2001-02-03 1 C",
                        "2001-02-01 2001-02-03 2 null",
                        "2001-02-01 2001-02-03 3 B",
                        "2001-02-02 2001-02-04 4 D");
        Dataset<Row> labels = where == Where.FILES
                ? LocalSpark.session()
                        .read()
                        .parquet(directory.resolve("asked_labels").toString())
                : LocalSpark.session().table("asked_labels");
        assertThat(labels.columns()).containsExactly("id", "visitor", "ts", "shop_status_city", "label_ds", "ds");
        assertThat(labels.count()).as("every left row once for each label day").isEqualTo(12);
    }

    @ParameterizedTest
    @EnumSource
    void windowsEndWithTheLabelDay(Where where) {
        views();
        ask(0, "w0", "02-01T12:00:00.000");
        ask(1, "w1", "02-01T12:00:00.000");
        ask(2, null, "02-01T12:00:00.000");
        ask(3, "w0", "02-02T00:00:00.000");
        Accuracy either = where == Where.FILES ? Accuracy.SNAPSHOT : Accuracy.TEMPORAL; // midnight is midnight
        Catalog catalog = catalog(join("in", spend(either), 2, 2).build(), spend(either));
        features(catalog, where);
        String said = run(catalog, where);
        assertThat(read(where, LABELED, "ds, label_ds, id, label_in_spend_price_sum_2d"))
                .as(said)
                .containsExactly(
                        "2001-02-01 2001-02-02 0 3.0", // from the first millisecond of the left's day on
                        "2001-02-01 2001-02-02 1 null", // its event is one millisecond too old
                        "2001-02-01 2001-02-02 2 null",
                        "2001-02-02 2001-02-03 3 6.0");
        assertThat(read(where, LATEST, "id, seen_price_sum"))
                .as("the features are there too")
                .containsExactly("0 1.0", "1 8.0", "2 null", "3 1.0");
    }

    @Test
    void labelDaysThatCannotBeComputedAreLeftOutAndComputedWhenTheyCan() {
        askOfStatuses();
        statuses(List.of(status("w0", "a", "02-02"), status("w0", "d", "02-04")));
        Catalog catalog = catalog(join(null, status(), 5, 2).build(), status());
        List<String> said = new ArrayList<>();
        progress = said::add;

        run(catalog, Where.FILES);
        assertThat(said)
                .contains(
                        "asked labels: WARNING: no labels of 1 label days of which shop.status lacks a partition: 2001-02-03");
        assertThat(labelDays())
                .containsExactly("2001-02-01 2001-02-02", "2001-02-01 2001-02-04", "2001-02-02 2001-02-04");
        LocalSpark.write(
                directory.resolve("statuses"),
                TableLocation.Format.PARQUET,
                Market.PROFILE,
                List.of(status("w0", "b", "02-03"), status("w0", "e", "02-05")));
        assertThat(run(catalog, Where.FILES, Optional.of(day("02-04"))))
                .contains(
                        "1 label days 2001-02-03 to 2001-02-03, left days 2001-02-01 to 2001-02-02: to compute: not there",
                        "2 label days 2001-02-02 to 2001-02-04, left days 2001-02-01 to 2001-02-02: kept");
        assertThat(run(catalog, Where.FILES))
                .contains("1 label days 2001-02-05 to 2001-02-05, left days 2001-02-01 to 2001-02-02: to compute");
        assertThat(labelDays()).hasSize(7);

        backfill(catalog).require(day("02-05"));
        assertThatThrownBy(() -> backfill(catalog).require(day("02-06")))
                .isInstanceOf(NotYetException.class)
                .hasMessage("asked labels: shop.status has no partition of 2001-02-06 yet; the newest is 2001-02-05");
        backfill(catalog).require(day("03-06")); // labels no row of the left
    }

    private List<String> labelDays() {
        Path root = directory.resolve("asked_labels");
        try (Stream<Path> all = Files.walk(root, 2)) {
            return all.map(path -> root.relativize(path).toString())
                    .filter(name -> name.matches("label_ds=.*/ds=.*"))
                    .map(name -> name.replaceAll("label_ds=(.*)/ds=(.*)", "$2 $1"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatIsThereIsKeptWhatWasInterruptedContinuedAndWhatChangedComputedAnew() throws IOException {
        askOfStatuses();
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int day = 2; day < 6; day++) {
            rows.add(status("w0", "c" + day, "02-0" + day));
        }
        statuses(rows);
        Catalog catalog = catalog(join(null, status(), 5, 2).build(), status());
        List<String> started = new ArrayList<>();
        progress = line -> {
            if (line.contains("left rows, one for each label day") && started.size() == 1) {
                throw new IllegalStateException("killed");
            }
            if (line.contains("left rows, one for each label day")) {
                started.add(line);
            }
        };
        assertThatThrownBy(() -> run(catalog, Where.FILES)).hasMessage("killed");
        assertThat(new LabelOutput(new PartitionFiles(
                                LocalSpark.session(),
                                directory.resolve("asked_labels").toString(),
                                LabelOutput.PARTITION_COLUMNS,
                                true))
                        .partitions()
                        .keySet())
                .containsExactly(
                        new LabelPartition(day("02-02"), day("02-01")),
                        new LabelPartition(day("02-03"), day("02-01")),
                        new LabelPartition(day("02-03"), day("02-02")));
        // What a job that is killed while it writes leaves.
        Path half = directory.resolve("asked_labels/label_ds=2001-02-04/ds=2001-02-01");
        LocalSpark.session().range(3).write().parquet(half.toString());

        progress = line -> {};
        assertThat(run(catalog, Where.FILES)).contains("2 label days 2001-02-02 to 2001-02-03", ": kept");
        List<String> continued = written();
        assertThat(continued).hasSize(5 * 4 + 3).contains("2001-02-02 2001-02-05 4 C5");
        Map<Path, FileTime> written = files();
        assertThat(run(catalog, Where.FILES)).doesNotContain("step");
        assertThat(files()).as("run again").isEqualTo(written);
        var wanted = backfill(catalog).partitions(day -> true, Optional.empty());
        assertThat(lines(backfill(catalog).rows(wanted)))
                .as("in one step")
                .containsExactlyInAnyOrderElementsOf(continued);

        Catalog fewerDays = catalog(join(null, status(), 4, 3).build(), status());
        assertThat(run(fewerDays, Where.FILES))
                .contains(
                        "to compute: there, but Labels of asked has changed",
                        "3 label days 2001-02-02 to 2001-02-05, left days 2001-02-01 to 2001-02-02: to drop: the label part"
                                + " has other days now");
        assertThat(labelDays())
                .containsExactly(
                        "2001-02-01 2001-02-03",
                        "2001-02-01 2001-02-04",
                        "2001-02-02 2001-02-04",
                        "2001-02-02 2001-02-05");
    }

    private Map<Path, FileTime> files() throws IOException {
        Map<Path, FileTime> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(directory.resolve("asked_labels"))) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                files.put(file, Files.getLastModifiedTime(file));
            }
        }
        return files;
    }

    private List<String> written() {
        return lines(LocalSpark.session()
                .read()
                .parquet(directory.resolve("asked_labels").toString()));
    }

    private static List<String> lines(Dataset<Row> labels) {
        return values(labels.select("ds", "label_ds", "id", "shop_status_city"));
    }

    @Test
    void aDryRunSaysWhatItWouldDoAndWritesNothing() {
        askOfStatuses();
        statuses(List.of(status("w0", "a", "02-01")));
        Catalog catalog = catalog(join(null, status(), 3, 2).build(), status());
        labels(catalog, Where.FILES).run(day -> true, Optional.empty(), 2, true);
        assertThat(printed.toString(StandardCharsets.UTF_8))
                .contains(
                        "asked labels: no label day yet: rows of 2001-02-01 have labels from label day 2001-02-02 on, and"
                                + " the newest day of shop.status is 2001-02-01");
        LocalSpark.write(
                directory.resolve("statuses"),
                TableLocation.Format.PARQUET,
                Market.PROFILE,
                List.of(status("w0", "b", "02-02")));
        labels(catalog, Where.FILES).run(day -> true, Optional.empty(), 2, true);
        assertThat(printed.toString(StandardCharsets.UTF_8))
                .contains(
                        "1 label days 2001-02-02 to 2001-02-02, left days 2001-02-01 to 2001-02-01: to compute: not there");
        assertThat(directory.resolve("asked_labels")).doesNotExist();
        assertThat(directory.resolve("asked_labeled.sql")).doesNotExist();
    }

    @Test
    void onlyTheDaysOfTheRunHaveLabels() {
        askOfStatuses();
        statuses(List.of(status("w0", "a", "02-02"), status("w0", "b", "02-03"), status("w0", "d", "02-04")));
        Catalog catalog = catalog(join(null, status(), 3, 2).build(), status());
        labels(catalog, Where.FILES).run(day("02-02")::equals, Optional.empty(), 30, false);
        assertThat(labelDays()).containsExactly("2001-02-02 2001-02-03", "2001-02-02 2001-02-04");
        labels(catalog, Where.FILES).run(day("02-01")::equals, Optional.empty(), 30, false);
        assertThat(labelDays()).as("of one label day both left days now").hasSize(4);
    }

    @Test
    void skewKeysDropRowsOrHideLabelsAndDerivationsAreOfTheLabelDay() {
        askOfStatuses();
        statuses(List.of(status("w0", "a", "02-02"), status("w1", "b", "02-02")));
        CompiledGroupBy plain = status();
        GroupBy derived = GroupBy.builder("shop.status")
                .source(plain.definition().sources().get(0))
                .keys("who")
                .derive("seen", "concat(who, city, ds, ts IS NULL)")
                .build();
        CompiledGroupBy label = Definitions.compiled(derived, Definitions.PROFILE, plain.selected());
        Catalog catalog = catalog(
                join(null, label, 2, 2)
                        .skewKeys("visitor", List.of("'w1'"))
                        .skewKeys("id", List.of("1"))
                        .build(),
                label);
        features(catalog, Where.FILES);
        run(catalog, Where.FILES);
        assertThat(read(Where.FILES, LABELED, "id, label_shop_status_seen"))
                .containsExactly("0 w0A2001-02-02true", "0 w0A2001-02-02true", "2 null", "3 w0A2001-02-02true");
    }

    @Test
    void twoRowsOfAnEntityAndAPlaceThatCannotBeWrittenAreNamed() throws IOException {
        askOfStatuses();
        statuses(List.of(status("w0", "a", "02-02"), status("w0", "b", "02-02")));
        Catalog catalog = catalog(join(null, status(), 2, 2).build(), status());
        assertThatThrownBy(() -> run(catalog, Where.FILES))
                .satisfies(failure -> assertThat(JobException.explain(failure))
                        .isEqualTo("GroupBy shop.status has no aggregations and two rows of key who=w0"
                                + " in the snapshot of 2001-02-02: an entity has one row"));
        Path file = Files.writeString(directory.resolve("file"), "");
        LabelRun below = LabelRun.files(
                LocalSpark.session(), backfill(catalog), file.resolve("asked").toString(), System.out);
        assertThatThrownBy(() -> below.run(day -> true, Optional.empty(), 2, false))
                .isInstanceOf(JobException.class)
                .hasMessageStartingWith("--out file:" + file + "/asked_labels")
                .hasMessageContaining("cannot be written")
                .hasMessageEndingWith("give a directory that may be written, or made");
        assertThatThrownBy(() -> LabelRun.files(LocalSpark.session(), backfill(catalog), "/", System.out))
                .hasMessageContaining("--out /: labels are written beside the directory");
    }

    @Test
    void randomLabelsEqualPlainSql() {
        Seeds.forEach(1, random -> {
            Market market = new Market(random);
            Path here = Files.createTempDirectory(directory, "t");
            Tables found = new Tables(LocalSpark.session(), market.write(here));
            for (String table : List.of("asks", "views", "profiles")) {
                LocalSpark.session()
                        .read()
                        .parquet(here.resolve(table).toString())
                        .createOrReplaceTempView("market_" + table);
            }
            Map<String, CompiledGroupBy> all = JoinBackfillTest.groupBys();
            String windows = "SELECT a.id, a.ds, CAST(date_add(a.ds, 2) AS STRING) AS label_ds,"
                    + " nullif(count(v.tag), 0) AS value FROM (SELECT *, monotonically_increasing_id() AS nr FROM market_asks) a"
                    + " LEFT JOIN market_views v ON v.who = a.visitor AND v.item = a.item AND v.ds <= date_add(a.ds, 2)"
                    + " AND v.ts >= unix_millis(timestamp(a.ds)) AND v.ts < unix_millis(timestamp(date_add(a.ds, 3)))"
                    + " GROUP BY a.nr, a.id, a.ds HAVING date_add(a.ds, 2) <= '" + Market.ds(Market.DAYS - 1) + "'";
            check(found, counted(), 3, 3, "label_tag_count_3d", windows);
            check(
                    found,
                    java.util.Objects.requireNonNull(all.get("profile")),
                    4,
                    2,
                    "label_age",
                    "SELECT a.id, a.ds, d.label_ds, p.age AS value FROM market_asks a"
                            + " CROSS JOIN (SELECT explode(sequence(1, 3)) AS n)"
                            + " JOIN (SELECT DISTINCT ds AS label_ds FROM market_profiles) d ON d.label_ds = CAST(date_add(a.ds, n) AS STRING)"
                            + " LEFT JOIN market_profiles p ON p.who = a.visitor AND p.ds = d.label_ds");
        });
    }

    private static CompiledGroupBy counted() {
        GroupBy definition = GroupBy.builder("profile")
                .source(Source.events("views", Query.builder().timeColumn("ts").build()))
                .keys("who", "item")
                .accuracy(Accuracy.TEMPORAL)
                .aggregate(Aggregation.of("count", "tag").windows("3d"))
                .build();
        return Definitions.compiled(
                definition, Definitions.VIEW, schema("who", Scalar.STRING, "item", Scalar.INT, "tag", Scalar.STRING));
    }

    private static void check(
            Tables found, CompiledGroupBy label, int startDays, int endDays, String column, String sql) {
        Join join = Join.builder(
                        "asked",
                        Source.events(
                                "asks",
                                Query.builder()
                                        .select("id", "id")
                                        .timeColumn("at")
                                        .build()))
                .labelPart(new Join.LabelPart(
                        new JoinPart("profile", Map.of("visitor", "who"), Optional.empty()), startDays, endDays))
                .rowIds(List.of("id"))
                .build();
        Schema left = schema("id", Scalar.LONG, "visitor", Scalar.STRING, "item", Scalar.INT);
        CompiledJoin compiled = Definitions.compiled(join, Definitions.ASK, left, List.of());
        Catalog catalog = new Catalog(List.of(label), List.of(compiled), List.of());
        LabelBackfill backfill =
                new LabelBackfill(LocalSpark.session(), found, catalog, compiled, 2, SkewSettings.of(1, 2), line -> {});
        var wanted = backfill.partitions(day -> true, Optional.empty());
        String own = column.replace("label_", "profile_");
        assertThat(backfill.labels()).contains(own);
        List<String> lines = values(backfill.rows(wanted).selectExpr("id", "ds", "label_ds", own + " AS value"));
        assertThat(lines)
                .anyMatch(line -> !line.endsWith("null"))
                .containsExactlyInAnyOrderElementsOf(values(LocalSpark.session().sql(sql)));
        // Some at a time, of some days alone: the same rows.
        List<String> apart = new ArrayList<>();
        for (var step : new LabelPlan(wanted, wanted, new TreeMap<>(), wanted).steps(6)) {
            apart.addAll(values(backfill.rows(step).selectExpr("id", "ds", "label_ds", own + " AS value")));
        }
        assertThat(apart).containsExactlyInAnyOrderElementsOf(lines);
    }

    private static List<String> values(Dataset<Row> rows) {
        return rows.collectAsList().stream()
                .map(row -> row.get(0) + " " + row.get(1) + " " + row.get(2) + " " + row.get(3))
                .toList();
    }
}
