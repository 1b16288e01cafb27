package io.tilefold.batch.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.batch.LocalSpark;
import io.tilefold.core.definition.DefinitionId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Days come whole or not at all, whatever happened before. */
class TrainingTableTest {
    private static final DefinitionId ID = new DefinitionId("a".repeat(64));
    private static final DefinitionId OTHER_ID = new DefinitionId("b".repeat(64));
    private static final LocalDate DAY = LocalDate.parse("2001-02-01");
    private static final StructType COLUMNS =
            new StructType().add("value", DataTypes.LongType).add("ds", DataTypes.StringType);

    @TempDir
    private Path directory;

    private TrainingTable table;

    @BeforeEach
    void open() {
        table = new TrainingTable(LocalSpark.session(), directory.resolve("out").toString());
    }

    private static Optional<Dataset<Row>> rows(@Nullable Object... daysAndValues) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < daysAndValues.length; i += 2) {
            rows.add(RowFactory.create(daysAndValues[i + 1], String.valueOf(daysAndValues[i])));
        }
        return Optional.of(LocalSpark.session().createDataFrame(rows, COLUMNS));
    }

    private List<String> written() {
        return LocalSpark.session()
                .read()
                .parquet(directory.resolve("out").toString())
                .orderBy("ds", "value")
                .collectAsList()
                .stream()
                .map(Row::toString)
                .toList();
    }

    @Test
    void whatIsWrittenIsCountedAndThere() {
        LocalDate next = DAY.plusDays(1);
        TrainingTable.Written written = table.replace(List.of(DAY, next), rows(DAY, 1L, DAY, null, next, 3L), ID);
        assertThat(written.rows()).isEqualTo(3);
        assertThat(written.nulls()).containsEntry("value", 1L).containsEntry("ds", 0L);
        assertThat(table.days())
                .containsEntry(DAY, ID.hex())
                .containsEntry(next, ID.hex())
                .hasSize(2);
        assertThat(written()).containsExactly("[null,2001-02-01]", "[1,2001-02-01]", "[3,2001-02-02]");
    }

    @Test
    void aDayThatIsComputedAgainHasTheNewRowsAlone() {
        var unused = table.replace(List.of(DAY, DAY.plusDays(1)), rows(DAY, 1L, DAY.plusDays(1), 3L), ID);
        var again = table.replace(List.of(DAY), rows(DAY, 7L), OTHER_ID);
        assertThat(again.rows()).isEqualTo(1);
        assertThat(written()).containsExactly("[7,2001-02-01]", "[3,2001-02-02]");
        assertThat(table.days()).containsEntry(DAY, OTHER_ID.hex()).containsEntry(DAY.plusDays(1), ID.hex());
    }

    @Test
    void aDayWithoutRowsIsWhole() {
        assertThat(table.replace(List.of(DAY), Optional.empty(), ID).rows()).isZero();
        assertThat(table.days()).containsOnlyKeys(DAY);
    }

    @Test
    void whatAKilledRunLeftIsNotThereAndIsReplaced() throws IOException {
        Path half = Files.createDirectories(directory.resolve("out/ds=" + DAY));
        rows(DAY, 9L).orElseThrow().drop("ds").write().mode("append").parquet(half.toString());
        assertThat(table.days()).isEmpty();
        var unused = table.replace(List.of(DAY), rows(DAY, 1L), ID);
        assertThat(written()).containsExactly("[1,2001-02-01]");
    }
}
