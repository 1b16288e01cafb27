package io.tilefold.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.expressions.ExpressionTyper;
import io.tilefold.expressions.InputRow;
import io.tilefold.expressions.RowProgram;
import io.tilefold.expressions.SelectExpression;
import io.tilefold.expressions.SqlFunctions;
import io.tilefold.testsupport.Seeds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Functions of setups: batch, which is Spark's session, beside live, which has none; and that what one query declares is no other's. */
class SetupsTest {
    private static final Schema INPUT = Schema.of(
            new Field("ts", Scalar.LONG),
            new Field("delay", Scalar.INT),
            new Field("ratio", Scalar.DOUBLE),
            new Field("url", Scalar.STRING),
            new Field("codes", new ListType(Scalar.INT)));

    private static final StructType COLUMNS = new StructType()
            .add("ts", DataTypes.LongType)
            .add("delay", DataTypes.IntegerType)
            .add("ratio", DataTypes.DoubleType)
            .add("url", DataTypes.StringType)
            .add("codes", DataTypes.createArrayType(DataTypes.IntegerType));

    private static final List<String> SETUPS = List.of(
            "CREATE TEMPORARY FUNCTION domain(url STRING) RETURNS STRING"
                    + " RETURN lower(regexp_extract(url, '^[a-z]+://([^/]+)', 1))",
            "CREATE OR REPLACE TEMPORARY FUNCTION twice(x BIGINT) RETURN x + twice.x",
            "CREATE TEMPORARY FUNCTION host(url STRING) RETURNS STRING RETURN lower(parse_url(url, 'HOST'))",
            "CREATE TEMPORARY FUNCTION tiny(x BIGINT) RETURNS TINYINT DETERMINISTIC RETURN x",
            "CREATE TEMPORARY FUNCTION parts(x BIGINT, by INT DEFAULT 7) RETURNS DOUBLE RETURN x / by",
            "CREATE TEMPORARY FUNCTION site(u STRING) RETURN SELECT coalesce(nullif(domain(u), ''), 'none')",
            "CREATE TEMPORARY FUNCTION total(l ARRAY<INT>) RETURN aggregate(l, 0L, (sum, one) -> sum + one)",
            "CREATE TEMPORARY FUNCTION money(x DOUBLE) RETURNS DECIMAL(12, 2) RETURN x",
            "CREATE TEMPORARY FUNCTION on_day(ms BIGINT) RETURNS DATE RETURN CAST(timestamp_millis(ms) AS DATE)",
            "CREATE TEMPORARY FUNCTION pair(a INT, b STRING) RETURN named_struct('a', a, 'b', b)",
            "CREATE TEMPORARY FUNCTION wraps(x INT) RETURNS INT RETURN x * 65537 * 65537",
            "CREATE TEMPORARY FUNCTION bad_cast(x STRING) RETURNS INT RETURN CAST(x AS INT)");

    private static final List<String> EXPRESSIONS = List.of(
            "domain(url)",
            "site(upper(url))",
            "host(url)",
            "twice(delay)",
            "twice(twice(ts)) - twice(url)",
            "tiny(ts)",
            "CAST(tiny(ratio) AS STRING)",
            "parts(delay)",
            "parts(by => delay, x => ts)",
            "total(codes)",
            "total(codes) + twice(size(codes))",
            "transform(codes, c -> c + 1)",
            "CAST(money(ratio) AS STRING)",
            "CAST(money(ratio) / 3 AS STRING)",
            "CAST(on_day(ts % 4000000000000) AS STRING)",
            "year(on_day(ts % 4000000000000))",
            "pair(delay, site(url)).b",
            "wraps(delay)",
            "bad_cast(url)",
            "bad_cast(CAST(delay AS STRING))",
            "IF(delay > 0, domain(url), site(url)) || ':' || tiny(delay)",
            "CASE WHEN twice(delay) BETWEEN 10 AND parts(ts) THEN domain(url) END");

    @TempDir
    private Path directory;

    private final SparkSession spark = LocalSpark.session();

    @Test
    void liveComputesWhatSparksSessionDoes() {
        Seeds.forEach(3, random -> {
            List<Row> rows = new ArrayList<>();
            rows.add(RowFactory.create(null, null, null, null, null));
            rows.add(RowFactory.create(
                    Long.MIN_VALUE, Integer.MIN_VALUE, Double.NaN, "", Arrays.asList(null, Integer.MAX_VALUE)));
            rows.add(RowFactory.create(
                    Long.MAX_VALUE, Integer.MAX_VALUE, Double.POSITIVE_INFINITY, "http://", List.of()));
            for (int i = 0; i < 100; i++) {
                rows.add(row(random));
            }
            List<Row> batch;
            try (Setups unused = Setups.run(spark, SETUPS, SetupsTest::problem)) {
                batch = spark.createDataFrame(rows, COLUMNS)
                        .coalesce(1)
                        .selectExpr(EXPRESSIONS.toArray(String[]::new))
                        .collectAsList();
            }
            SqlFunctions functions = SqlFunctions.of(SETUPS);
            ExpressionTyper typer = new ExpressionTyper(INPUT, functions);
            RowProgram program = RowProgram.compile(
                    INPUT,
                    functions,
                    IntStream.range(0, EXPRESSIONS.size())
                            .mapToObj(i -> new SelectExpression("e" + i, EXPRESSIONS.get(i)))
                            .toList(),
                    List.of(),
                    new Schema(IntStream.range(0, EXPRESSIONS.size())
                            .mapToObj(i -> new Field("e" + i, typer.typeOf(EXPRESSIONS.get(i))))
                            .toList()));
            InputRow input = program.newInputRow();
            for (int i = 0; i < rows.size(); i++) {
                for (int column = 0; column < INPUT.size(); column++) {
                    input.setObject(column, rows.get(i).get(column));
                }
                assertThat(program.evaluate(input)).isTrue();
                for (int e = 0; e < EXPRESSIONS.size(); e++) {
                    assertThat(widened(program.outputs().getObject(e)))
                            .as("%s of %s", EXPRESSIONS.get(e), rows.get(i))
                            .isEqualTo(widened(batch.get(i).get(e)));
                }
            }
        });
    }

    private static Row row(SplittableRandom random) {
        String host = (random.nextBoolean() ? "A" : "b") + random.nextInt(4) + ".com";
        return RowFactory.create(
                random.nextLong(-4_000_000_000_000L, 4_000_000_000_000L),
                random.nextInt(6) == 0 ? null : random.nextInt(-300, 300),
                random.nextInt(6) == 0 ? null : random.nextDouble(-1e6, 1e6),
                random.nextInt(6) == 0 ? String.valueOf(random.nextInt(99)) : "http://" + host + "/x",
                random.nextInt(6) == 0
                        ? null
                        : random.ints(random.nextInt(4), -5, 9).boxed().toList());
    }

    private static @Nullable Object widened(@Nullable Object value) {
        if (value instanceof scala.collection.Seq<?> list) {
            return widened(scala.jdk.javaapi.CollectionConverters.asJava(list));
        }
        if (value instanceof List<?> list) {
            return list.stream().map(SetupsTest::widened).collect(Collectors.toList());
        }
        return value instanceof Integer || value instanceof Byte || value instanceof Short
                ? (Object) ((Number) value).longValue()
                : value;
    }

    private static JobException problem(String what, Exception cause) {
        return new JobException(what, cause);
    }

    /** A class that Spark would take from {@code udf().register}. */
    public static final class PlusOne implements UDF1<Long, Long> {
        private static final long serialVersionUID = 1;

        @Override
        public Long call(Long value) {
            return value + 1;
        }
    }

    /** Why the compiler refuses {@code AS 'class'}: without Hive the session itself runs none for a row. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "io.tilefold.batch.SetupsTest$PlusOne",
                "org.apache.spark.sql.catalyst.expressions.Upper",
                "org.apache.hadoop.hive.ql.udf.generic.GenericUDFAbs"
            })
    void sparkWithoutHiveRunsNoClassForARow(String name) {
        String statement = "CREATE TEMPORARY FUNCTION of_class AS '" + name + "'";
        assertThatThrownBy(() -> {
                    try (Setups unused = Setups.run(spark, List.of(statement), SetupsTest::problem)) {
                        spark.sql("SELECT of_class(1L)").collectAsList();
                    }
                })
                .hasMessageFindingMatch("No handler for UDAF|Cannot load class");
    }

    /** Why the compiler refuses a function that is called as one of Spark's. */
    @Test
    void aFunctionOfSparksOwnNameIsNotCalled() {
        try (Setups unused = Setups.run(
                spark, List.of("CREATE TEMPORARY FUNCTION abs(x INT) RETURNS INT RETURN 77"), SetupsTest::problem)) {
            assertThat(spark.sql("SELECT abs(-1)").head().getInt(0)).isEqualTo(1);
        }
    }

    @Test
    void twoGroupBysMayDeclareDifferentFunctionsOfOneName() {
        LocalSpark.write(
                directory.resolve("rides"),
                TableLocation.Format.PARQUET,
                Rides.COLUMNS,
                List.of(LocalSpark.row(
                        "city", "a", "zone", 3, "ts", Rides.B - 5, "tip", 4, "cancelled", false, "ds", "2001-02-09")));
        Tables tables = new Tables(spark, List.of(TableLocation.parse("rides=" + directory.resolve("rides"))));
        SourceRows plain = rows(tables, "plain", "tip");
        SourceRows doubled =
                rows(tables, "doubled", "f(tip)", "CREATE TEMPORARY FUNCTION f(x INT) RETURNS INT RETURN 2 * x");
        SourceRows negative = rows(
                tables,
                "negative",
                "f(tip)",
                "CREATE TEMPORARY FUNCTION g(x INT) RETURNS INT RETURN -x",
                "CREATE OR REPLACE TEMPORARY FUNCTION f(x INT) RETURNS INT RETURN g(x)",
                "CREATE TEMPORARY VIEW seen AS SELECT 1");
        List<Dataset<Row>> scans = new ArrayList<>();
        for (int round = 0; round < 2; round++) { // the same again: nothing is there already
            for (SourceRows one : List.of(doubled, negative, plain)) {
                scans.add(one.scan().rows());
            }
        }
        assertThat(scans.stream().map(rows -> rows.head().<Number>getAs("tip").longValue()))
                .as("read after all were declared and are gone")
                .containsExactly(8L, -4L, 4L, 8L, -4L, 4L);
        assertThatThrownBy(() -> spark.sql("SELECT f(1)")).hasMessageContaining("UNRESOLVED_ROUTINE");
        assertThatThrownBy(() -> spark.sql("SELECT * FROM seen")).hasMessageContaining("seen");
        assertThatThrownBy(() -> rows(tables, "none", "f(tip)").scan())
                .hasMessageContaining("GroupBy none")
                .hasMessageContaining("`f`");
    }

    @Test
    void aSetupThatFailsLeavesNothingBehindAndIsNamed() {
        assertThatThrownBy(() -> Setups.run(
                        spark,
                        List.of("CREATE TEMPORARY FUNCTION h(x INT) RETURN x", "CREATE NONSENSE"),
                        SetupsTest::problem))
                .hasMessageContaining("setup \"CREATE NONSENSE\": ");
        assertThatThrownBy(() -> spark.sql("SELECT h(1)")).hasMessageContaining("UNRESOLVED_ROUTINE");
    }

    private SourceRows rows(Tables tables, String name, String tip, String... setups) {
        CompiledGroupBy groupBy = Rides.groupBy(
                name,
                Accuracy.TEMPORAL,
                Source.events(
                        "rides",
                        Rides.query().select("tip", tip).setups(List.of(setups)).build()));
        return new SourceRows(
                spark, tables, groupBy, 0, new ScanRange(Optional.empty(), Rides.END_DS, false, Optional.empty()));
    }
}
