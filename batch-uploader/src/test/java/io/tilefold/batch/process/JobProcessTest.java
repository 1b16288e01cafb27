package io.tilefold.batch.process;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.batch.LocalSpark;
import io.tilefold.batch.TableLocation;
import io.tilefold.batch.backfill.BackfillJob;
import io.tilefold.batch.benchmark.BenchmarkCatalog;
import io.tilefold.batch.benchmark.Features;
import io.tilefold.job.JobLines;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.metrics.source.CodegenMetrics$;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.jdk.javaapi.CollectionConverters;

/** Jobs in a Spark application that somebody else has started: what they share with it, and what they leave as it was. */
class JobProcessTest {
    private static final StructType EVENTS = new StructType()
            .add("k", DataTypes.StringType)
            .add("delay", DataTypes.IntegerType)
            .add("ts", DataTypes.LongType)
            .add("ds", DataTypes.StringType);
    private static final StructType ASKS = new StructType()
            .add("id", DataTypes.LongType)
            .add("k", DataTypes.StringType)
            .add("asked_ms", DataTypes.LongType)
            .add("ds", DataTypes.StringType);
    private static final long DAY_START = 981_590_400_000L;

    private final SparkSession spark = LocalSpark.session();

    @TempDir
    private Path directory;

    @BeforeEach
    void write() throws IOException {
        BenchmarkCatalog.write(directory.resolve("catalog.bin"), new Features(5));
        List<Map<String, Object>> events = new ArrayList<>();
        List<Map<String, Object>> asks = new ArrayList<>();
        for (long i = 0; i < 50; i++) {
            events.add(LocalSpark.row(
                    "k", "k" + i % 3, "delay", (int) i, "ts", DAY_START + i * 60_000, "ds", "2001-02-08"));
            asks.add(LocalSpark.row("id", i, "k", "k" + i % 4, "asked_ms", DAY_START + i * 61_000, "ds", "2001-02-08"));
        }
        LocalSpark.write(directory.resolve("events"), TableLocation.Format.PARQUET, EVENTS, events);
        LocalSpark.write(directory.resolve("asks"), TableLocation.Format.PARQUET, ASKS, asks);
    }

    private List<String> backfill(String out) {
        return List.of(
                "--catalog",
                directory.resolve("catalog.bin").toString(),
                "--join",
                "asked",
                "--table",
                "events=" + directory.resolve("events"),
                "--table",
                "asks=" + directory.resolve("asks"),
                "--out",
                directory.resolve(out).toString());
    }

    /** What is printed, which is the replies if the jobs' own words are left out. */
    private static String serve(String... requests) throws IOException {
        PrintStream out = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, UTF_8));
        try {
            JobProcess.serve(new ByteArrayInputStream((String.join("\n", requests) + "\n").getBytes(UTF_8)));
        } finally {
            System.setOut(out);
        }
        return printed.toString(UTF_8);
    }

    @Test
    void aNotebooksSessionStaysAsItWas() {
        spark.range(3).createOrReplaceTempView("mine");
        SparkSession active = spark.newSession();
        SparkSession.setActiveSession(active);
        active.conf().set("spark.sql.adaptive.enabled", "true");
        try {
            Map<String, String> before = settings(active);
            assertThat(BackfillJob.run(backfill("training").toArray(String[]::new)))
                    .isZero();
            assertThat(BackfillJob.run("--catalog", directory.resolve("none").toString(), "--join", "x", "--out", "y"))
                    .isEqualTo(1);
            assertThat(BackfillJob.run("--no-such-option")).isEqualTo(2);
            assertThat(SparkSession.getActiveSession().get()).isSameAs(active);
            assertThat(settings(active)).isEqualTo(before);
            assertThat(active.sparkContext().isStopped()).isFalse();
            assertThat(active.sparkContext().getLocalProperty("spark.job.description"))
                    .isNull();
        } finally {
            SparkSession.setActiveSession(spark);
        }
        assertThat(spark.table("mine").count()).isEqualTo(3);
        assertThat(spark.read()
                        .parquet(directory.resolve("training").toString())
                        .count())
                .isEqualTo(50);
    }

    @Test
    void theSecondJobFindsTheFirstOnesCodeAndEachSaysHowItEnded() throws IOException {
        String first = serve(JobLines.request("backfill", backfill("one")));
        long compiled = compiled();
        String printed = serve(
                JobLines.request("backfill", backfill("two")),
                JobLines.request("backfill", List.of("--no-such-option")),
                JobLines.request("backfill", backfill("two")),
                JobLines.END,
                JobLines.request("backfill", backfill("three")));
        assertThat(compiled()).as("classes that Spark has generated").isEqualTo(compiled);
        assertThat(first).contains("asked: wrote 50 rows of 1 days").endsWith(JobLines.reply(0));
        assertThat(printed.split(JobLines.reply(0), -1)).hasSize(3);
        assertThat(printed)
                .contains("asked: wrote 50 rows of 1 days")
                .contains("1 days kept")
                .contains(JobLines.reply(2));
        assertThat(directory.resolve("three")).doesNotExist();
        assertThat(rows("two")).isEqualTo(rows("one"));
        assertThat(Files.exists(directory.resolve("two/_tilefold/ds=2001-02-08")))
                .isTrue();
    }

    @Test
    void anUnknownJobEndsTheProcess() {
        assertThatThrownBy(() -> serve(JobLines.request("forget", List.of()))).hasMessage("there is no job forget");
    }

    private List<String> rows(String out) {
        return spark.read().parquet(directory.resolve(out).toString()).orderBy("id").collectAsList().stream()
                .map(Object::toString)
                .toList();
    }

    private static Map<String, String> settings(SparkSession session) {
        return new HashMap<>(CollectionConverters.asJava(session.conf().getAll()));
    }

    private static long compiled() {
        return CodegenMetrics$.MODULE$.METRIC_COMPILATION_TIME().getCount();
    }
}
