package io.tilefold.batch.analyze;

import static io.tilefold.batch.LocalSpark.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.batch.LocalSpark;
import io.tilefold.batch.TableLocation;
import io.tilefold.batch.Tables;
import io.tilefold.batch.analyze.Finding.Verdict;
import io.tilefold.catalog.DefinitionIds;
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
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongUnaryOperator;
import java.util.stream.Stream;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each thing that spoils a run is found by the check that is made for it, and a good table has no finding but OK. */
class AnalysisTest {
    private static final long DAY_MS = 86_400_000L;
    private static final LocalDate FIRST = LocalDate.parse("2001-02-01");
    private static final int DAYS = 10;
    private static final StructType COLUMNS = new StructType()
            .add("who", DataTypes.StringType)
            .add("price", DataTypes.LongType)
            .add("ts", DataTypes.LongType)
            .add("gone", DataTypes.BooleanType)
            .add("ds", DataTypes.StringType);
    private static final Schema READ = new Schema(
            List.of(new Field("who", Scalar.STRING), new Field("price", Scalar.LONG), new Field("ts", Scalar.LONG)));
    private static final Schema SELECTED =
            new Schema(List.of(new Field("who", Scalar.STRING), new Field("price", Scalar.LONG)));

    @TempDir
    private Path directory;

    @Test
    void goodTablesHaveNoFindingButOk() throws IOException {
        write(Set.of(), ts -> ts, i -> i % 50);
        Findings findings = join("events", 3);
        assertThat(findings.all()).allMatch(finding -> finding.verdict() == Verdict.OK, "OK");
        assertThat(findings.all().stream().map(Finding::check))
                .containsExactly(
                        "partitions",
                        "columns",
                        "time",
                        "keys",
                        "key types",
                        "partitions",
                        "columns",
                        "time",
                        "keys",
                        "schema");
        assertThat(message(findings, "schema")).isEqualTo("1 features: spend_price_sum_2d long");
        assertThat(findings.json()).contains("\"verdict\" : \"OK\"", "\"check\" : \"partitions\"");
    }

    @Test
    void missingPartitions() {
        write(Set.of(5, 6), ts -> ts, i -> i % 50);
        assertThat(found(join("events", 3), "partitions")).containsExactly(Verdict.WARNING, Verdict.WARNING);
        write(Set.of(DAYS - 1), ts -> ts, i -> i % 50);
        assertThat(found(join("events", 3), "partitions")).containsExactly(Verdict.ERROR, Verdict.ERROR);
        assertThat(message(join("events", 3), "partitions")).contains("2001-02-10 is missing");
    }

    @Test
    void aWindowThatReachesBackBeforeTheTable() {
        write(Set.of(0, 1, 2, 3, 4), ts -> ts, i -> i % 50);
        Findings findings = join("events", 3);
        assertThat(found(findings, "partitions")).containsExactly(Verdict.OK, Verdict.WARNING);
        assertThat(findings.all().get(5).message())
                .contains("the run reads from 2001-02-04 on, and there is nothing before 2001-02-06");
    }

    @Test
    void timesThatAreNoMilliseconds() {
        write(Set.of(), ts -> ts / 1000, i -> i % 50);
        assertThat(found(join("events", 3), "time")).containsExactly(Verdict.ERROR, Verdict.ERROR);
        assertThat(message(join("events", 3), "time")).contains("seconds? Write ts * 1000");
        write(Set.of(), ts -> ts * 1000, i -> i % 50);
        assertThat(message(join("events", 3), "time")).contains("microseconds? Write ts DIV 1000");
    }

    @Test
    void timesOfAnotherDayAndNone() {
        write(Set.of(), ts -> ts % 7 == 0 ? ts - DAY_MS : ts, i -> i % 50);
        assertThat(found(join("events", 3), "time")).containsExactly(Verdict.WARNING, Verdict.WARNING);
        write(Set.of(), ts -> ts % 7 == 0 ? Long.MIN_VALUE : ts, i -> i % 50);
        assertThat(found(join("events", 3), "time")).containsExactly(Verdict.ERROR, Verdict.WARNING);
    }

    @Test
    void heavyKeysAndNone() {
        write(Set.of(), ts -> ts, i -> i % 3 == 0 ? 1 : 2 + i);
        Findings heavy = join("events", 3);
        assertThat(found(heavy, "keys")).containsExactly(Verdict.WARNING, Verdict.WARNING);
        assertThat(message(heavy, "keys")).contains("most rows: w1 33");
        write(Set.of(), ts -> ts, i -> i % 3 == 0 ? i : -1);
        assertThat(message(join("events", 3), "keys")).contains("rows have a null in their key");
    }

    @Test
    void columnsAndTablesThatAreNotThere() {
        write(Set.of(), ts -> ts, i -> i % 50);
        Findings absent = join("nowhere", 3);
        assertThat(found(absent, "table")).containsExactly(Verdict.ERROR);
        CompiledGroupBy other = groupBy(
                "events",
                new Schema(List.of(
                        new Field("who", Scalar.STRING),
                        new Field("price", Scalar.INT),
                        new Field("ts", Scalar.LONG))));
        Findings typed = analysis(1).of(other);
        assertThat(found(typed, "columns")).containsExactly(Verdict.ERROR);
        assertThat(message(typed, "columns")).contains("column price: expected int, found long");
    }

    @Test
    void labelsAreLookedAtOnTheirDays() {
        write(Set.of(), ts -> ts, i -> i % 50);
        Findings findings = labelled(2, READ);
        assertThat(findings.all()).allMatch(finding -> finding.verdict() == Verdict.OK, "OK");
        assertThat(message(findings, "label days"))
                .isEqualTo("events has those up to 2001-02-10, 2001-02-08 to 2001-02-11");
        assertThat(message(findings, "labels"))
                .isEqualTo("label_bought_price_sum_2d long; label days 2001-02-08 to 2001-02-11");
        assertThat(message(findings, "schema")).as("features alone").isEqualTo("1 features: spend_price_sum_2d long");
        assertThat(findings.all().stream().map(finding -> finding.subject() + ": " + finding.message()))
                .anyMatch(line -> line.startsWith("GroupBy bought, events: 6 partitions, 2001-02-05 to 2001-02-10"))
                .anyMatch(line -> line.startsWith("Join training, label part: who string = who string"));

        Findings early = labelled(9, READ);
        assertThat(found(early, "label days")).containsExactly(Verdict.WARNING);
        assertThat(message(early, "label days"))
                .isEqualTo("no row of these days has labels yet: events ends with 2001-02-10, the first label day is"
                        + " 2001-02-15");
        assertThat(found(
                        labelled(
                                2,
                                new Schema(List.of(new Field("who", Scalar.STRING), new Field("price", Scalar.INT)))),
                        "columns"))
                .containsExactly(Verdict.OK, Verdict.OK, Verdict.ERROR);
    }

    @Test
    void snapshotsHaveRowsOfAnyDayAndMutationsThoseOfTheirs() {
        write(Set.of(), ts -> ts % 7 == 0 ? ts - 3 * DAY_MS : ts, i -> i % 50);
        Findings daily = analysis(3).of(entities(Accuracy.SNAPSHOT));
        assertThat(daily.all()).allMatch(finding -> finding.verdict() == Verdict.OK, "OK");
        assertThat(daily.all().stream().map(Finding::subject))
                .as("mutations are not read")
                .containsOnly("GroupBy accounts, events", "GroupBy accounts");

        Findings temporal = analysis(3).of(entities(Accuracy.TEMPORAL));
        assertThat(found(temporal, "time")).containsExactly(Verdict.OK, Verdict.WARNING);
        assertThat(temporal.all().stream().map(finding -> finding.subject() + ": " + finding.message()))
                .anyMatch(line -> line.startsWith("GroupBy accounts, changes: 4 partitions, 2001-02-07 to 2001-02-10"))
                .anyMatch(line -> line.contains("reads who string, price long, ts long, gone boolean"))
                .anyMatch(line -> line.contains(
                        "of another day than their partition: they came late and count for" + " nothing"));

        write(Set.of(), ts -> ts % 7 == 0 ? Long.MIN_VALUE : ts, i -> i % 50);
        assertThat(message(analysis(3).of(entities(Accuracy.SNAPSHOT)), "time"))
                .contains("rows have none and count in no window with a length");
    }

    private static CompiledGroupBy entities(Accuracy accuracy) {
        GroupBy definition = GroupBy.builder("accounts")
                .source(new Source.Entities(
                        "events",
                        Optional.of("changes"),
                        Optional.empty(),
                        Query.builder()
                                .timeColumn("ts")
                                .mutationTimeColumn("ts")
                                .reversalColumn("gone")
                                .build()))
                .keys("who")
                .accuracy(accuracy)
                .aggregate(Aggregation.of("sum", "price").windows("2d"))
                .build();
        return new CompiledGroupBy(
                DefinitionIds.of(definition, List.of(READ), SELECTED), definition, List.of(READ), SELECTED);
    }

    private Findings labelled(int days, Schema read) {
        CompiledGroupBy spend = groupBy("events", READ);
        GroupBy bought = GroupBy.builder("bought")
                .source(Source.events("events", query()))
                .keys("who")
                .aggregate(Aggregation.of("sum", "price").windows(days + "d"))
                .build();
        CompiledGroupBy label =
                new CompiledGroupBy(DefinitionIds.of(bought, List.of(read), SELECTED), bought, List.of(read), SELECTED);
        Join join = Join.builder("training", Source.events("events", query()))
                .part(JoinPart.of("spend"))
                .labelPart(new Join.LabelPart("bought", days, days))
                .build();
        Schema left = new Schema(List.of(new Field("who", Scalar.STRING)));
        CompiledJoin compiled = new CompiledJoin(DefinitionIds.of(join, left, List.of(spend.id())), join, READ, left);
        return analysis(1).of(new Catalog(List.of(spend, label), List.of(compiled), List.of()), compiled);
    }

    private static List<Verdict> found(Findings findings, String check) {
        return findings.all().stream()
                .filter(finding -> finding.check().equals(check))
                .map(Finding::verdict)
                .toList();
    }

    private static String message(Findings findings, String check) {
        return findings.all().stream()
                .filter(finding -> finding.check().equals(check))
                .findFirst()
                .orElseThrow()
                .message();
    }

    private Findings join(String table, int sampleDays) {
        CompiledGroupBy spend = groupBy(table, READ);
        Join join = Join.builder("training", Source.events("events", query()))
                .part(JoinPart.of("spend"))
                .build();
        Schema left = new Schema(List.of(new Field("who", Scalar.STRING)));
        CompiledJoin compiled = new CompiledJoin(DefinitionIds.of(join, left, List.of(spend.id())), join, READ, left);
        return analysis(sampleDays).of(new Catalog(List.of(spend), List.of(compiled), List.of()), compiled);
    }

    private Analysis analysis(int sampleDays) {
        Tables tables = new Tables(
                LocalSpark.session(),
                Stream.of("events", "changes")
                        .map(table -> new TableLocation(
                                table, directory.resolve("t" + tables()).toString(), TableLocation.Format.PARQUET))
                        .toList());
        return new Analysis(LocalSpark.session(), tables, FIRST.plusDays(6), FIRST.plusDays(DAYS - 1), sampleDays);
    }

    private int written;

    private int tables() {
        return written;
    }

    private static Query query() {
        return Query.builder().timeColumn("ts").build();
    }

    private static CompiledGroupBy groupBy(String table, Schema read) {
        GroupBy definition = GroupBy.builder("spend")
                .source(Source.events(table, query()))
                .keys("who")
                .aggregate(Aggregation.of("sum", "price").windows("2d"))
                .build();
        return new CompiledGroupBy(
                DefinitionIds.of(definition, List.of(read), SELECTED), definition, List.of(read), SELECTED);
    }

    /** Ten days of 300 rows but for some days; a time of Long.MIN_VALUE is null, a key below 0 too. */
    private void write(Set<Integer> without, LongUnaryOperator time, LongUnaryOperator key) {
        written++;
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int day = 0; day < DAYS; day++) {
            for (int i = 0; i < 300 && !without.contains(day); i++) {
                LocalDate ds = FIRST.plusDays(day);
                long ts = time.applyAsLong(ds.toEpochDay() * DAY_MS + i * 1000L + 3);
                long who = key.applyAsLong(i);
                rows.add(row(
                        "who",
                        who < 0 ? null : "w" + who,
                        "price",
                        (long) i,
                        "ts",
                        ts == Long.MIN_VALUE ? null : ts,
                        "ds",
                        ds.toString()));
            }
        }
        LocalSpark.write(directory.resolve("t" + written), TableLocation.Format.PARQUET, COLUMNS, rows);
    }
}
