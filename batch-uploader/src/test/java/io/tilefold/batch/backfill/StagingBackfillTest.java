package io.tilefold.batch.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.batch.JobCommand;
import io.tilefold.batch.LocalSpark;
import io.tilefold.batch.TableLocation;
import io.tilefold.batch.Tables;
import io.tilefold.catalog.CatalogCodec;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.MetaData;
import io.tilefold.core.definition.StagingQuery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StagingBackfillTest {
    private static final LocalDate FIRST = LocalDate.parse("2001-02-01");

    @TempDir
    private static Path directory;

    private static List<TableLocation> written = List.of();

    private static final Computed WITH = new Computed("test", new TreeMap<>());

    private Tables tables;

    @BeforeAll
    static void write() {
        written = List.of(
                Market.write(
                        directory,
                        "staged_profiles",
                        Market.PROFILE,
                        List.of(
                                LocalSpark.row("who", "w0", "age", 1, "ds", "2001-02-01"),
                                LocalSpark.row("who", "w1", "age", 2, "ds", "2001-02-02"),
                                LocalSpark.row("who", "w2", "age", 4, "ds", "2001-02-03"))),
                Market.write(
                        directory,
                        "later",
                        Market.PROFILE,
                        List.of(
                                LocalSpark.row("who", "w0", "ds", "2001-02-04"),
                                LocalSpark.row("who", "w0", "ds", "2001-02-05"))));
    }

    @BeforeEach
    void open() {
        tables = new Tables(LocalSpark.session(), written);
    }

    private StagingBackfill staging(String sql, Optional<String> start) {
        StagingQuery query = new StagingQuery(
                "staged",
                sql,
                List.of("CREATE TEMPORARY FUNCTION until() RETURNS STRING RETURN '{{ latest_date }}'"),
                start,
                false,
                MetaData.NONE);
        return new StagingBackfill(LocalSpark.session(), tables, query, FIRST.plusDays(3));
    }

    private static List<String> rows(StagingBackfill staging, List<LocalDate> days) {
        return staging.rows(days).collectAsList().stream()
                .map(Row::toString)
                .sorted()
                .toList();
    }

    @Test
    void macrosAreTheChunksAndTheRunsDays() {
        StagingBackfill staging = staging(
                "SELECT who, '{{start_date}}' AS a, '{{ end_date }}' AS b, until() AS c,"
                        + " '{{ max_date(table=staged_profiles) }}' AS d, ds FROM staged_profiles"
                        + " WHERE ds BETWEEN '{{ start_date }}' AND '{{ end_date }}'",
                Optional.of("2001-02-01"));
        assertThat(staging.days()).hasSize(4).startsWith(FIRST);
        assertThat(rows(staging, List.of(FIRST, FIRST.plusDays(1))))
                .containsExactly(
                        "[w0,2001-02-01,2001-02-02,2001-02-04,2001-02-03,2001-02-01]",
                        "[w1,2001-02-01,2001-02-02,2001-02-04,2001-02-03,2001-02-02]");
    }

    /** In one session, chunk after chunk; the view's rows are those of its own chunk. */
    @Test
    void queriesMayDeclareDifferentThingsUnderOneName() {
        for (String number : List.of("1", "2")) {
            Object unused = LocalSpark.session().sql("DROP TABLE IF EXISTS once_" + number);
        }
        StagingBackfill one = counting("1");
        StagingBackfill other = counting("2");
        for (LocalDate day : List.of(FIRST, FIRST.plusDays(1))) {
            assertThat(rows(one, List.of(day))).containsExactly("[" + day + ",1," + day + "]");
            assertThat(rows(other, List.of(day))).containsExactly("[" + day + ",2," + day + "]");
        }
    }

    private StagingBackfill counting(String number) {
        StagingQuery query = new StagingQuery(
                "counting_" + number,
                "SELECT v.day AS day, number() AS n, '{{ start_date }}' AS ds FROM v",
                List.of(
                        "CREATE TABLE once_" + number + " (x INT) USING parquet", // a second time it would fail
                        "CREATE TEMPORARY FUNCTION number() RETURNS INT RETURN " + number,
                        "CREATE TEMPORARY VIEW v AS SELECT '{{ end_date }}' AS day"),
                Optional.of("2001-02-01"),
                false,
                MetaData.NONE);
        return new StagingBackfill(LocalSpark.session(), tables, query, FIRST.plusDays(3));
    }

    @Test
    void rowsOfOtherDaysAreLeftOut() {
        StagingBackfill staging = staging("SELECT who, ds FROM staged_profiles", Optional.of("2001-02-01"));
        assertThat(rows(staging, List.of(FIRST.plusDays(1)))).containsExactly("[w1,2001-02-02]");
    }

    /** The profiles have days 1 to 3; the run's last is the 4th. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    SELECT who, ds FROM staged_profiles WHERE ds BETWEEN '{{ start_date }}' AND '{{ end_date }}'         | 2001-02-04
                    SELECT who, ds FROM staged_profiles                                                                  | 2001-02-04
                    SELECT who, ds, row_number() OVER (PARTITION BY who ORDER BY ds) AS n FROM staged_profiles           | 2001-02-04
                    SELECT count(*) AS n, '{{ end_date }}' AS ds FROM staged_profiles WHERE ds <= '{{ end_date }}'       | 2001-02-04
                    SELECT count(*) AS n, ds FROM staged_profiles GROUP BY ds                                            | 2001-02-04
                    SELECT who, '{{ end_date }}' AS ds FROM staged_profiles WHERE ds = date_sub('{{ end_date }}', 1)     |
                    SELECT who, '{{ end_date }}' AS ds FROM staged_profiles WHERE ds = '{{ max_date(table=staged_profiles) }}' |
                    SELECT who, '{{ end_date }}' AS ds FROM staged_profiles                                              |
                    SELECT who, '{{ end_date }}' AS ds FROM staged_profiles WHERE ds >= '2001-01-01'                     |
                    SELECT 'w' AS who, '{{ end_date }}' AS ds                                                            |
                    SELECT a.who, a.ds FROM staged_profiles a JOIN later b ON a.who = b.who AND a.ds = b.ds              | 2001-02-04
                    SELECT a.who, a.ds FROM later a LEFT JOIN staged_profiles b ON a.who = b.who AND a.ds = b.ds         | 2001-02-04
                    SELECT who, ds FROM later UNION ALL SELECT who, ds FROM later                                        |
                    WITH days AS (SELECT * FROM staged_profiles) SELECT who, ds FROM days                                | 2001-02-04
                    """)
    void aDayWaitsForThePartitionsThatItsQueryAsksFor(String sql, @Nullable String lacking) {
        StagingBackfill staging = staging(sql, Optional.of("2001-02-01"));
        List<LocalDate> four = staging.days();
        List<LocalDate> waiting =
                Stream.ofNullable(lacking).map(LocalDate::parse).toList();
        assertThat(staging.waiting(four)).as("in one step").containsOnlyKeys(waiting);
        var alone = staging.waiting(four.subList(3, 4));
        assertThat(alone).as("alone").containsOnlyKeys(waiting);
        waiting.forEach(day -> assertThat(alone.get(day))
                .startsWith("table staged_profiles at ")
                .endsWith("/staged_profiles has no partition ds=2001-02-04 (newest: 2001-02-03)"));
    }

    @Test
    void aHoleIsWaitedForAndFilledWhenItHasCome() {
        TableLocation holed = Market.write(
                directory,
                "holed",
                Market.PROFILE,
                List.of(
                        LocalSpark.row("who", "w0", "ds", "2001-02-02"),
                        LocalSpark.row("who", "w1", "ds", "2001-02-04")));
        tables = new Tables(LocalSpark.session(), List.of(holed));
        String sql = "SELECT who, ds FROM holed WHERE ds BETWEEN '{{ start_date }}' AND '{{ end_date }}'";
        StagingBackfill staging = staging(sql, Optional.of("2001-02-01"));
        assertThat(staging.waiting(staging.days()))
                .as("before its first day a table has nothing to wait for")
                .containsOnlyKeys(FIRST.plusDays(2));
        String lookback =
                "SELECT count(*) AS n, '{{ end_date }}' AS ds FROM holed WHERE ds BETWEEN date_sub('{{ end_date }}', 7) AND '{{ end_date }}'";
        assertThat(staging(lookback, Optional.of("2001-02-01")).waiting(staging.days()))
                .as("of several days the newest counts")
                .containsOnlyKeys(FIRST.plusDays(2));

        var unused = Market.write(
                directory, "holed", Market.PROFILE, List.of(LocalSpark.row("who", "w2", "ds", "2001-02-03")));
        assertThat(staging.waiting(staging.days())).isEmpty();
        assertThat(rows(staging, staging.days()))
                .containsExactly("[w0,2001-02-02]", "[w1,2001-02-04]", "[w2,2001-02-03]");
    }

    @Test
    void aDayWithoutRowsOfAnotherStagingQueryIsThere() {
        Path other = directory.resolve("other");
        TrainingOutput output = TrainingOutput.stagingFiles(LocalSpark.session(), other.toString());
        StagingBackfill first =
                staging("SELECT who, ds FROM staged_profiles WHERE who <> 'w2'", Optional.of("2001-02-01"));
        tables = new Tables(
                LocalSpark.session(),
                List.of(new TableLocation("other", other.toString(), TableLocation.Format.PARQUET)));
        var unusedTwo = output.replace(
                first.days().subList(0, 2), first.rows(first.days().subList(0, 2)), WITH);
        StagingBackfill second = staging("SELECT who, ds FROM other", Optional.of("2001-02-01"));
        assertThat(second.waiting(second.days())).containsOnlyKeys(FIRST.plusDays(2), FIRST.plusDays(3));
        var unusedThird = output.replace(
                first.days().subList(2, 3), first.rows(first.days().subList(2, 3)), WITH);
        assertThat(other.resolve("ds=2001-02-03")).doesNotExist();
        assertThat(second.waiting(second.days())).containsOnlyKeys(FIRST.plusDays(3));
    }

    @Test
    void aTableOfTheCatalogIsWaitedFor() {
        LocalSpark.writeCatalogTable(
                "daily_profiles",
                Market.PROFILE,
                List.of(
                        LocalSpark.row("who", "w0", "ds", "2001-02-02"),
                        LocalSpark.row("who", "w1", "ds", "2001-02-03")));
        StagingBackfill staging = staging("SELECT who, ds FROM daily_profiles", Optional.of("2001-02-02"));
        assertThat(staging.waiting(staging.days()))
                .containsExactly(Map.entry(
                        FIRST.plusDays(3),
                        "table spark_catalog.default.daily_profiles of Spark's catalog has no partition ds=2001-02-04"
                                + " (newest: 2001-02-03)"));
    }

    @Test
    void theJobLeavesADayWithoutInputToARunThatHasIt() throws IOException {
        ask(List.of(LocalSpark.row("who", "w0", "ds", "2001-02-02"), LocalSpark.row("who", "w1", "ds", "2001-02-03")));
        Path catalog = Files.write(
                directory.resolve("catalog.bin"),
                CatalogCodec.encode(new Catalog(
                        List.of(),
                        List.of(),
                        List.of(
                                query("daily", "SELECT who, ds FROM asked", Optional.of("2001-02-02")),
                                query(
                                        "whole",
                                        "SELECT who FROM asked WHERE ds <= '{{ end_date }}'",
                                        Optional.empty())))));

        assertThat(run(catalog, "daily", "--require-end-ds")).isEqualTo(JobCommand.NOT_YET);
        assertThat(directory.resolve("daily")).doesNotExist();
        assertThat(run(catalog, "whole", "--require-end-ds")).isEqualTo(JobCommand.NOT_YET);
        assertThat(directory.resolve("whole")).doesNotExist();
        assertThat(run(catalog, "whole")).isZero();

        assertThat(run(catalog, "daily")).isZero();
        assertThat(days("daily")).containsExactly("2001-02-02", "2001-02-03");
        ask(List.of(LocalSpark.row("who", "w2", "ds", "2001-02-04")));
        assertThat(run(catalog, "daily", "--require-end-ds")).isZero();
        assertThat(days("daily")).containsExactly("2001-02-02", "2001-02-03", "2001-02-04");
        assertThat(LocalSpark.session()
                        .read()
                        .parquet(directory.resolve("daily").toString())
                        .count())
                .isEqualTo(3);
    }

    private static void ask(List<Map<String, Object>> rows) {
        var unused = Market.write(directory, "asked", Market.PROFILE, rows);
    }

    private static StagingQuery query(String name, String sql, Optional<String> start) {
        return new StagingQuery(name, sql, List.of(), start, false, MetaData.NONE);
    }

    private static int run(Path catalog, String query, String... more) {
        List<String> arguments = new ArrayList<>(List.of("--catalog", catalog.toString(), "--staging-query", query));
        arguments.addAll(List.of("--end-ds", "2001-02-04", "--table", "asked=" + directory.resolve("asked")));
        arguments.addAll(List.of("--out", directory.resolve(query).toString()));
        arguments.addAll(List.of(more));
        return BackfillJob.run(arguments.toArray(String[]::new));
    }

    private static List<String> days(String query) {
        return TrainingOutput.stagingFiles(
                        LocalSpark.session(), directory.resolve(query).toString())
                .days()
                .keySet()
                .stream()
                .map(LocalDate::toString)
                .toList();
    }

    @Test
    void aFunctionIsMadeOnceForAllSteps() {
        StagingQuery query = new StagingQuery(
                "staged",
                "SELECT who, ds FROM staged_profiles WHERE length_of_day(ds) = 10",
                List.of("CREATE TEMPORARY FUNCTION length_of_day(day STRING) RETURNS INT RETURN length(day)"),
                Optional.of("2001-02-01"),
                false,
                MetaData.NONE);
        StagingBackfill staging = new StagingBackfill(LocalSpark.session(), tables, query, FIRST.plusDays(3));
        try {
            assertThat(staging.waiting(staging.days())).containsOnlyKeys(FIRST.plusDays(3));
            assertThat(rows(staging, List.of(FIRST))).hasSize(1);
            assertThat(rows(staging, List.of(FIRST.plusDays(1)))).hasSize(1);
        } finally {
            var unused = LocalSpark.session().sql("DROP TEMPORARY FUNCTION IF EXISTS length_of_day");
        }
    }

    @Test
    void withoutAStartPartitionTheTableIsWhole() {
        StagingBackfill staging = staging("SELECT sum(age) AS ages FROM staged_profiles", Optional.empty());
        assertThat(staging.isWhole()).isTrue();
        TrainingOutput table = TrainingOutput.files(
                LocalSpark.session(), directory.resolve("out").toString());
        assertThat(table.replaceAll(staging.rows(staging.days())).rows()).isEqualTo(1);
    }

    @Test
    void aViewIsReadWithTheMacrosOfTheRunThatMadeIt() {
        LocalSpark.writeCatalogTable(
                "viewed_profiles",
                Market.PROFILE,
                List.of(
                        LocalSpark.row("who", "w0", "age", 1, "ds", "2001-02-01"),
                        LocalSpark.row("who", "w1", "age", 2, "ds", "2001-02-04")));
        view("SELECT who, '{{ latest_date }}' AS until FROM viewed_profiles WHERE ds = '{{ max_date(table=viewed_profiles) }}'")
                .createView("profiles_view");
        assertThat(viewed()).containsExactly("[w1,2001-02-04]");
        // Rows are made when they are read; which days, when the view is.
        LocalSpark.session()
                .sql("INSERT INTO viewed_profiles VALUES ('w2', 'c', 3, '2001-02-04'), ('w3', 'c', 4, '2001-02-05')");
        assertThat(viewed()).containsExactly("[w1,2001-02-04]", "[w2,2001-02-04]");
        view("SELECT who, '{{latest_date}}' AS until FROM viewed_profiles WHERE ds = '{{max_date( table = viewed_profiles )}}'")
                .createView("profiles_view");
        assertThat(viewed()).containsExactly("[w3,2001-02-04]");

        StagingBackfill broken = view("SELECT nothing FROM viewed_profiles");
        assertThatThrownBy(() -> broken.createView("profiles_view"))
                .hasMessageContaining("StagingQuery staged, view profiles_view of query")
                .hasMessageContaining("nothing");
        assertThat(viewed()).as("the view is as it was").containsExactly("[w3,2001-02-04]");
    }

    private StagingBackfill view(String sql) {
        StagingQuery query = new StagingQuery("staged", sql, List.of(), Optional.empty(), true, MetaData.NONE);
        return new StagingBackfill(
                LocalSpark.session(), new Tables(LocalSpark.session(), List.of()), query, FIRST.plusDays(3));
    }

    private static List<String> viewed() {
        return LocalSpark.session().table("profiles_view").orderBy("who").collectAsList().stream()
                .map(Row::toString)
                .toList();
    }

    @Test
    void whatIsWrongIsNamed() {
        StagingBackfill unknown = staging("SELECT '{{ start_dat }}' AS ds", Optional.of("2001-02-01"));
        assertThatThrownBy(() -> unknown.rows(List.of(FIRST)))
                .hasMessageStartingWith(
                        "StagingQuery staged: unknown macro {{ start_dat }}; there are {{ start_date }}");
        StagingBackfill noDay = staging("SELECT who FROM staged_profiles", Optional.of("2001-02-01"));
        assertThatThrownBy(() -> noDay.rows(List.of(FIRST)))
                .hasMessage(
                        "StagingQuery staged gives no column ds: with a startPartition each row carries its day; it gives who");
        StagingBackfill noTable = staging("SELECT 1 FROM nowhere", Optional.empty());
        assertThatThrownBy(() -> noTable.rows(List.of(FIRST)))
                .hasMessageContaining("StagingQuery staged, query \"SELECT 1 FROM nowhere\"")
                .hasMessageContaining("nowhere");
    }
}
