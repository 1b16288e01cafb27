package io.tilefold.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.catalog.TypeCodec;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.proto.catalog.v1.TableSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a job refuses before it reads a row, and in which words. */
class TableChecksTest {
    @TempDir
    private static Path rides;

    @TempDir
    private Path directory;

    @BeforeAll
    static void writeRides() {
        List<Map<String, Object>> rows = Rides.rows(new SplittableRandom(5), 60, false);
        LocalSpark.write(rides.resolve("rides"), TableLocation.Format.PARQUET, Rides.COLUMNS, rows);
    }

    @Test
    void aTableThatIsNowhereIsNamedWithWhereItWasLookedFor() {
        assertThatThrownBy(() -> check("no_such_table"))
                .hasMessageContaining("no table no_such_table")
                .hasMessageContaining("--table no_such_table=PATH")
                .hasMessageContaining("spark_catalog, database default");
        TableLocation nowhere = TableLocation.parse("rides=" + directory.resolve("nowhere"));
        assertThatThrownBy(() -> check("rides", nowhere))
                .hasMessageContaining("table rides")
                .hasMessageContaining(directory.resolve("nowhere").toString());
        assertThatThrownBy(() -> check("rides", TableLocation.parse("rides=" + directory)))
                .hasMessageContaining("has no partitions: expected are directories ds=yyyy-MM-dd");
    }

    @Test
    void missingColumnsAndOtherTypesAreAllNamed() {
        StructType other = new StructType()
                .add("city", DataTypes.StringType)
                .add("zone", DataTypes.StringType)
                .add("TS", DataTypes.LongType)
                .add("fare", DataTypes.createDecimalType(10, 2))
                .add("tip", DataTypes.LongType)
                .add("cancelled", DataTypes.BooleanType)
                .add("ds", DataTypes.StringType);
        LocalSpark.write(
                directory.resolve("rides"),
                TableLocation.Format.PARQUET,
                other,
                List.of(LocalSpark.row("city", "a", "ds", "2001-02-09")));
        assertThatThrownBy(() -> check("rides", TableLocation.parse("rides=" + directory.resolve("rides"))))
                .hasMessageContaining("rides")
                .hasMessageContaining("column zone: expected long, found string")
                .hasMessageContaining("column fare: expected double, found decimal(10,2)")
                .hasMessageContaining("column tip: expected int, found long")
                .hasMessageContaining("no column driver (expected string; there are city, zone, TS, fare")
                .hasMessageNotContaining("column ts");
    }

    @Test
    void jsonIsCheckedByWhatIsInIt() {
        LocalSpark.write(
                directory.resolve("rides"),
                TableLocation.Format.JSON,
                new StructType()
                        .add("city", DataTypes.StringType)
                        .add("ts", DataTypes.StringType)
                        .add("ds", DataTypes.StringType),
                List.of(LocalSpark.row("city", "a", "ts", "yesterday", "ds", "2001-02-09")));
        assertThatThrownBy(() ->
                        check("rides", TableLocation.parse("rides=" + directory.resolve("rides") + "?format=json")))
                .hasMessageContaining("column ts: expected long, found string")
                .hasMessageContaining("no column fare");
    }

    @Test
    void textThatIsNoNumberIsNullInCsvAndHeadersAreRead() throws IOException {
        Path partition = Files.createDirectories(directory.resolve("rides/ds=2001-02-09"));
        Files.writeString(
                partition.resolve("a.csv"),
                "driver,cancelled,tip,fare,ts,zone,city,extra\nd1,false,x,1.5,7,3,a,1\n,true,4,,8,3,\"b,c\",2\n");
        Table table = table("rides?format=csv");
        var rows = table.read("ds", List.of(Rides.END_DS), Rides.DECLARED)
                .orderBy("ts")
                .collectAsList();
        assertThat(rows)
                .extracting(Object::toString)
                .containsExactly("[a,3,7,1.5,null,d1,false,2001-02-09]", "[b,c,3,8,null,4,null,true,2001-02-09]");

        Files.writeString(
                partition.resolve("b.csv"), "city,zone,ts,fare,tip,driver,cancelled,extra\na,1,2,3,4,d,true,1\n");
        assertThatThrownBy(() ->
                        table.read("ds", List.of(Rides.END_DS), Rides.DECLARED).collectAsList())
                .hasStackTraceContaining("CSV header");
    }

    @Test
    void aColumnThatCameLaterIsNullBefore() {
        StructType before = new StructType(java.util.Arrays.stream(Rides.COLUMNS.fields())
                .filter(field -> !field.name().equals("tip"))
                .toArray(org.apache.spark.sql.types.StructField[]::new));
        Path path = directory.resolve("rides");
        Map<String, Object> old = LocalSpark.row("city", "old", "ds", "2001-02-08");
        LocalSpark.write(path, TableLocation.Format.PARQUET, before, List.of(old));
        Map<String, Object> young = LocalSpark.row("city", "young", "tip", 3, "ds", "2001-02-09");
        LocalSpark.write(path, TableLocation.Format.PARQUET, Rides.COLUMNS, List.of(young));
        Table table = table("rides");
        assertThat(table.read("ds", table.partitions("ds"), Rides.DECLARED)
                        .select("city", "tip")
                        .collectAsList())
                .extracting(Object::toString)
                .containsExactlyInAnyOrder("[old,null]", "[young,3]");
    }

    @Test
    void aMissingLastDayIsRefused() {
        CompiledGroupBy groupBy = Rides.groupBy("g", "rides", Accuracy.TEMPORAL);
        Tables tables = sharedRides();
        LocalDate tomorrow = Rides.END_DS.plusDays(1);
        assertThatThrownBy(() -> new GroupByUpload(LocalSpark.session(), tables, groupBy, tomorrow))
                .hasMessageContaining("GroupBy g")
                .hasMessageContaining("partition ds=2001-02-10 is missing (newest: 2001-02-09)");
        LocalDate past = LocalDate.parse("1999-01-01");
        assertThatThrownBy(() -> new GroupByUpload(LocalSpark.session(), tables, groupBy, past))
                .hasMessageContaining(
                        "no partition in the range first to 1999-01-01 (2001-01-23 to 2001-02-09 are there)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '#',
            value = {
                "tip | tipp + 1 | select tip \"tipp + 1\": [UNRESOLVED_COLUMN",
                "tip | tip + | select tip \"tip +\": ",
                "tip | 'much' | select tip: expected int, found string",
                "area | zone / 3 | select area: expected long, found double",
            })
    void aSelectThatDoesNotFitIsNamed(String alias, String sql, String words) {
        assertThatThrownBy(() -> check(Rides.query().select(alias, sql)))
                .hasMessageContaining("GroupBy g, table rides")
                .hasMessageContaining(words);
    }

    @Test
    void theRestOfAQueryIsNamedToo() {
        assertThatThrownBy(() -> check(Rides.query().wheres("tip")))
                .hasMessageContaining("where \"tip\": ")
                .hasMessageContaining("BOOLEAN");
        assertThatThrownBy(() -> check(Rides.query().timeColumn("CAST(ts AS TIMESTAMP)")))
                .hasMessageContaining("timeColumn gives timestamp")
                .hasMessageContaining("unix_millis");
        assertThatThrownBy(() -> check(Rides.query().setups(List.of("CREATE NONSENSE"))))
                .hasMessageContaining("setup \"CREATE NONSENSE\": ");
        assertThatThrownBy(() -> check(Query.builder().select("area", "zone").select("shared", "true")))
                .hasMessageContaining("timeColumn is missing");
    }

    @ParameterizedTest
    @CsvSource({"flights", "=/data", "flights=", "flights=/data?format=orc", "flights=/data?delimiter=x"})
    void aTableOptionThatIsNoneIsRefused(String option) {
        assertThatThrownBy(() -> TableLocation.parse(option)).hasMessageStartingWith("--table " + option + ": ");
    }

    @Test
    void tablesAreDescribedWithTheTypesTheyHave() throws IOException {
        StructType columns = new StructType()
                .add("a", DataTypes.createArrayType(DataTypes.FloatType))
                .add("m", DataTypes.createMapType(DataTypes.IntegerType, DataTypes.LongType))
                .add("d", DataTypes.createDecimalType(10, 2))
                .add("ds", DataTypes.StringType);
        LocalSpark.write(
                directory.resolve("typed"),
                TableLocation.Format.PARQUET,
                columns,
                List.of(LocalSpark.row("ds", "2001-02-09")));
        TableSchema schema = DescribeTablesJob.describe("typed", table("typed").columns());
        assertThat(TypeCodec.fromProto(schema.getColumns())).hasToString("(a list<float>, ds string)");
        assertThat(schema.getOtherColumnsList())
                .extracting(other -> other.getName() + " " + other.getSparkType())
                .containsExactly("m map<int,bigint>", "d decimal(10,2)");

        Path csv = Files.createDirectories(directory.resolve("text/ds=2001-02-09"));
        Files.writeString(csv.resolve("a.csv"), "n,x,day,word\n1,1.5,2001-01-01,w\n");
        assertThat(TypeCodec.fromProto(DescribeTablesJob.describe(
                                "text", table("text?format=csv").columns())
                        .getColumns()))
                .hasToString("(n int, x double, day string, word string, ds string)");
    }

    private Table table(String pathAndFormat) {
        return new FileTable(LocalSpark.session(), TableLocation.parse("rides=" + directory.resolve(pathAndFormat)));
    }

    private void check(Query.Builder query) {
        CompiledGroupBy groupBy = Rides.groupBy("g", Accuracy.TEMPORAL, Source.events("rides", query.build()));
        var unused = new GroupByUpload(LocalSpark.session(), sharedRides(), groupBy, Rides.END_DS);
    }

    private static Tables sharedRides() {
        return new Tables(LocalSpark.session(), List.of(TableLocation.parse("rides=" + rides.resolve("rides"))));
    }

    private static void check(String table, TableLocation... given) {
        Tables tables = new Tables(LocalSpark.session(), List.of(given));
        CompiledGroupBy groupBy = Rides.groupBy("g", table, Accuracy.TEMPORAL);
        var unused = new GroupByUpload(LocalSpark.session(), tables, groupBy, Rides.END_DS);
    }
}
