package io.tilefold.batch.backfill;

import static io.tilefold.batch.LocalSpark.row;
import static io.tilefold.batch.backfill.Definitions.schema;
import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.batch.LocalSpark;
import io.tilefold.batch.TableLocation;
import io.tilefold.batch.Tables;
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
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training set does not depend on what its tables are written in: Parquet, CSV and JSON give the same rows. */
class BackfillFormatsTest {
    private static final long DAY_MS = 86_400_000L;
    private static final LocalDate FIRST = LocalDate.parse("2001-02-01");
    private static final StructType COLUMNS = new StructType()
            .add("who", DataTypes.StringType)
            .add("price", DataTypes.DoubleType)
            .add("good", DataTypes.BooleanType)
            .add("ts", DataTypes.LongType)
            .add("ds", DataTypes.StringType);
    private static final Schema READ =
            schema("who", Scalar.STRING, "price", Scalar.DOUBLE, "good", Scalar.BOOLEAN, "ts", Scalar.LONG);
    private static final Schema SELECTED = schema("who", Scalar.STRING, "price", Scalar.DOUBLE, "good", Scalar.BOOLEAN);

    @TempDir
    private Path directory;

    @Test
    void everyFormatGivesTheSameRows() {
        Seeds.forEach(1, random -> {
            List<Map<String, Object>> events = events(random);
            List<String> parquet = trained(TableLocation.Format.PARQUET, events);
            assertThat(parquet).hasSize(events.size() / 4).anyMatch(row -> !row.contains("null"));
            assertThat(trained(TableLocation.Format.CSV, events)).isEqualTo(parquet);
            assertThat(trained(TableLocation.Format.JSON, events)).isEqualTo(parquet);
        });
    }

    /** The rows of the last day, as text, sorted. */
    private List<String> trained(TableLocation.Format format, List<Map<String, Object>> events) {
        Path table = directory.resolve(format + "-" + events.hashCode());
        LocalSpark.write(table, format, COLUMNS, events);
        Tables tables =
                new Tables(LocalSpark.session(), List.of(new TableLocation("events", table.toString(), format)));
        Source source = Source.events("events", Query.builder().timeColumn("ts").build());
        GroupBy spend = GroupBy.builder("spend")
                .source(source)
                .keys("who")
                .aggregate(Aggregation.of("sum", "price").windows("1d"))
                .aggregate(Aggregation.of("last", "price").windows("3d"))
                .aggregate(Aggregation.of("sum", "good").windows("3d"))
                .build();
        CompiledGroupBy groupBy = Definitions.compiled(spend, READ, SELECTED);
        Join join = Join.builder("training", source).part(JoinPart.of("spend")).build();
        CompiledJoin compiled = Definitions.compiled(
                join, READ, schema("who", Scalar.STRING, "good", Scalar.BOOLEAN), List.of(groupBy));
        Catalog catalog = new Catalog(List.of(groupBy), List.of(compiled), List.of());
        return new JoinBackfill(LocalSpark.session(), tables, catalog, compiled, 2, SkewSettings.of(1, 2), line -> {})
                .rows(List.of(FIRST.plusDays(3))).collectAsList().stream()
                        .map(Row::toString)
                        .sorted()
                        .toList();
    }

    /** Of four days, some values null. */
    private static List<Map<String, Object>> events(SplittableRandom random) {
        List<Map<String, Object>> events = new ArrayList<>();
        for (int day = 0; day < 4; day++) {
            for (int i = 0; i < 60; i++) {
                events.add(row(
                        "who",
                        "w" + random.nextInt(7),
                        "price",
                        random.nextInt(4) == 0 ? null : random.nextInt(1, 4_000) / 8.0,
                        "good",
                        random.nextInt(4) == 0 ? null : random.nextBoolean(),
                        "ts",
                        (FIRST.toEpochDay() + day) * DAY_MS + random.nextLong(DAY_MS),
                        "ds",
                        FIRST.plusDays(day).toString()));
            }
        }
        return events;
    }
}
