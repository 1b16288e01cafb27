package io.tilefold.batch.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.batch.LocalSpark;
import io.tilefold.batch.Tables;
import io.tilefold.core.definition.MetaData;
import io.tilefold.core.definition.StagingQuery;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StagingBackfillTest {
    private static final LocalDate FIRST = LocalDate.parse("2001-02-01");

    @TempDir
    private Path directory;

    private Tables tables;

    @BeforeEach
    void write() {
        tables = new Tables(
                LocalSpark.session(),
                List.of(Market.write(
                        directory,
                        "staged_profiles",
                        Market.PROFILE,
                        List.of(
                                LocalSpark.row("who", "w0", "age", 1, "ds", "2001-02-01"),
                                LocalSpark.row("who", "w1", "age", 2, "ds", "2001-02-02"),
                                LocalSpark.row("who", "w2", "age", 4, "ds", "2001-02-03")))));
    }

    private StagingBackfill staging(String sql, Optional<String> start) {
        StagingQuery query = new StagingQuery(
                "staged", sql, List.of("SET tilefold.test={{ latest_date }}"), start, false, MetaData.NONE);
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
                "SELECT who, '{{start_date}}' AS a, '{{ end_date }}' AS b, '{{ latest_date }}' AS c,"
                        + " '{{ max_date(table=staged_profiles) }}' AS d, ds FROM staged_profiles"
                        + " WHERE ds BETWEEN '{{ start_date }}' AND '{{ end_date }}'",
                Optional.of("2001-02-01"));
        assertThat(staging.days()).hasSize(4).startsWith(FIRST);
        assertThat(rows(staging, List.of(FIRST, FIRST.plusDays(1))))
                .containsExactly(
                        "[w0,2001-02-01,2001-02-02,2001-02-04,2001-02-03,2001-02-01]",
                        "[w1,2001-02-01,2001-02-02,2001-02-04,2001-02-03,2001-02-02]");
    }

    @Test
    void rowsOfOtherDaysAreLeftOut() {
        StagingBackfill staging = staging("SELECT who, ds FROM staged_profiles", Optional.of("2001-02-01"));
        assertThat(rows(staging, List.of(FIRST.plusDays(1)))).containsExactly("[w1,2001-02-02]");
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
