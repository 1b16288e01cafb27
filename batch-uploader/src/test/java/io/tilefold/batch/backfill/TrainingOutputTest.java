package io.tilefold.batch.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tilefold.batch.LocalSpark;
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
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Days come whole or not at all, whatever happened before. In a Delta table too, where Delta is there: Maven's profile delta. */
class TrainingOutputTest {
    private static final Computed ID = new Computed("a", new TreeMap<>(Map.of("GroupBy visits", "b")));
    private static final Computed OTHER_ID = new Computed("b", new TreeMap<>());
    private static final LocalDate DAY = LocalDate.parse("2001-02-01");
    private static final StructType COLUMNS =
            new StructType().add("value", DataTypes.LongType).add("ds", DataTypes.StringType);

    @TempDir
    private Path directory;

    private Kind kind = Kind.FILES;

    private enum Kind {
        FILES,
        CATALOG,
        DELTA
    }

    private static boolean isDeltaThere() {
        try {
            return Class.forName("io.delta.sql.DeltaSparkSessionExtension") != null;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    private TrainingOutput open(Kind wanted) {
        assumeTrue(wanted != Kind.DELTA || isDeltaThere(), "Delta is on the class path of profile delta alone");
        kind = wanted;
        LocalSpark.session().sql("DROP TABLE IF EXISTS training_output");
        return wanted == Kind.FILES
                ? TrainingOutput.files(LocalSpark.session(), String.valueOf(directory))
                : TrainingOutput.table(
                        LocalSpark.session(),
                        "training_output",
                        Optional.of(wanted == Kind.DELTA ? "delta" : "parquet"));
    }

    private static Dataset<Row> rows(@Nullable Object... daysAndValues) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < daysAndValues.length; i += 2) {
            rows.add(RowFactory.create(daysAndValues[i + 1], String.valueOf(daysAndValues[i])));
        }
        return LocalSpark.session().createDataFrame(rows, COLUMNS);
    }

    private List<String> written() {
        Dataset<Row> all = kind == Kind.FILES
                ? LocalSpark.session().read().parquet(directory.toString())
                : LocalSpark.session().table("training_output");
        return all.orderBy("ds", "value").collectAsList().stream()
                .map(Row::toString)
                .toList();
    }

    @ParameterizedTest
    @EnumSource
    void whatIsWrittenIsCountedAndThere(Kind wanted) {
        TrainingOutput table = open(wanted);
        LocalDate next = DAY.plusDays(1);
        Written written = table.replace(List.of(DAY, next), rows(DAY, 1L, DAY, null, next, 3L), ID);
        assertThat(written.rows()).isEqualTo(3);
        assertThat(written.nulls()).containsEntry("value", 1L).containsEntry("ds", 0L);
        assertThat(table.days()).containsEntry(DAY, ID).containsEntry(next, ID).hasSize(2);
        assertThat(written()).containsExactly("[null,2001-02-01]", "[1,2001-02-01]", "[3,2001-02-02]");
        if (wanted == Kind.DELTA) {
            List<Row> history =
                    LocalSpark.session().sql("DESCRIBE HISTORY training_output").collectAsList();
            assertThat(history).as("it is a Delta table").isNotEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aDayThatIsComputedAgainHasTheNewRowsAlone(Kind wanted) {
        TrainingOutput table = open(wanted);
        var unused = table.replace(List.of(DAY, DAY.plusDays(1)), rows(DAY, 1L, DAY.plusDays(1), 3L), ID);
        var again = table.replace(List.of(DAY), rows(DAY, 7L), OTHER_ID);
        assertThat(again.rows()).isEqualTo(1);
        assertThat(written()).containsExactly("[7,2001-02-01]", "[3,2001-02-02]");
        assertThat(table.days()).containsEntry(DAY, OTHER_ID).containsEntry(DAY.plusDays(1), ID);
    }

    @ParameterizedTest
    @EnumSource
    void aDayWithoutRowsIsWhole(Kind wanted) {
        TrainingOutput table = open(wanted);
        var unused = table.replace(List.of(DAY, DAY.plusDays(1)), rows(DAY, 1L, DAY.plusDays(1), 2L), ID);
        assertThat(table.replace(List.of(DAY), rows(), OTHER_ID).rows()).isZero();
        assertThat(table.days()).containsEntry(DAY, OTHER_ID).containsEntry(DAY.plusDays(1), ID);
        assertThat(written()).containsExactly("[2,2001-02-02]");
    }

    @ParameterizedTest
    @EnumSource
    void daysWithoutRowsAloneAreReadWithTheirColumns(Kind wanted) throws IOException {
        TrainingOutput table = open(wanted);
        assertThat(table.replace(List.of(DAY, DAY.plusDays(1)), rows(), ID).rows())
                .isZero();
        assertThat(table.days()).containsOnlyKeys(DAY, DAY.plusDays(1));
        assertThat(written()).isEmpty();
        Dataset<Row> read = kind == Kind.FILES
                ? LocalSpark.session().read().parquet(directory.toString())
                : LocalSpark.session().table("training_output");
        assertThat(read.schema()).isEqualTo(COLUMNS);
        if (wanted == Kind.FILES) {
            try (Stream<Path> files = Files.list(directory.resolve("ds=" + DAY.plusDays(1)))) {
                assertThat(files.map(file -> file.getFileName().toString()).filter(name -> !name.startsWith(".")))
                        .singleElement()
                        .asString()
                        .endsWith(".parquet");
            }
        }
        var unused = table.replace(List.of(DAY), rows(DAY, 5L), ID);
        assertThat(written()).containsExactly("[5,2001-02-01]");
    }

    @Test
    void aStagingTablesDayWithoutRowsIsWholeAndHasNoPartition() {
        open(Kind.FILES);
        TrainingOutput table = TrainingOutput.stagingFiles(LocalSpark.session(), directory.toString());
        var unused = table.replace(List.of(DAY, DAY.plusDays(1)), rows(DAY, 1L), ID);
        assertThat(table.days()).containsOnlyKeys(DAY, DAY.plusDays(1));
        assertThat(directory.resolve("ds=" + DAY)).isDirectory();
        assertThat(directory.resolve("ds=" + DAY.plusDays(1))).doesNotExist();
    }

    @Test
    void whatAKilledRunLeftIsNotThereAndIsReplaced() throws IOException {
        TrainingOutput table = open(Kind.FILES);
        Path half = Files.createDirectories(directory.resolve("ds=" + DAY));
        rows(DAY, 9L).drop("ds").write().mode("append").parquet(half.toString());
        assertThat(table.days()).isEmpty();
        var unused = table.replace(List.of(DAY), rows(DAY, 1L), ID);
        assertThat(written()).containsExactly("[1,2001-02-01]");
    }

    @Test
    void soInACatalog() {
        TrainingOutput table = open(Kind.CATALOG);
        LocalSpark.session()
                .createDataFrame(List.of(), COLUMNS)
                .write()
                .partitionBy("ds")
                .saveAsTable("training_output");
        rows(DAY, 9L).write().insertInto("training_output");
        assertThat(table.days()).isEmpty();
        var unused = table.replace(List.of(DAY), rows(DAY, 1L), ID);
        assertThat(written()).containsExactly("[1,2001-02-01]");
        assertThat(table.days()).containsOnlyKeys(DAY);
    }
}
