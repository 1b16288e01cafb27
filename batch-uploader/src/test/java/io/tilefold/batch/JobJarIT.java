package io.tilefold.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.tilefold.catalog.CatalogCodec;
import io.tilefold.catalog.DefinitionIds;
import io.tilefold.catalog.TypeCodec;
import io.tilefold.client.fixture.Mishap;
import io.tilefold.client.fixture.UploadNode;
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
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.proto.catalog.v1.TableSchemas;
import io.tilefold.testsupport.ModelEvent;
import io.tilefold.testsupport.PemFiles;
import io.tilefold.testsupport.SlowModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The job jar as a user submits it, over the real flights of the examples. Each test has a node and directory of its own. */
@Execution(ExecutionMode.CONCURRENT)
class JobJarIT {
    private static final List<String> FLAGS = List.of(JvmFlags.ADD_OPENS);
    private static final Path FLIGHTS =
            Path.of("../examples/flights/data/flights").toAbsolutePath().normalize();
    private static final int SHARDS = 4;

    @TempDir
    private Path directory;

    private static final Object JOBS_LOCK = new Object();

    @TempDir
    private static Path jobsDirectory;

    private static @Nullable SubmittedJobs jobs;

    private UploadNode node;

    /** The process in which jobs run that do not test how a process ends. */
    private static SubmittedJobs jobs() throws IOException {
        synchronized (JOBS_LOCK) {
            if (jobs == null) {
                jobs = new SubmittedJobs(jobsDirectory, FLAGS);
            }
            return jobs;
        }
    }

    @AfterAll
    static void endJobs() throws IOException, InterruptedException {
        if (jobs != null) {
            try (SubmittedJobs ending = jobs) {
                assertThat(ending.end()).isZero();
            }
        }
    }

    @BeforeEach
    void start() throws IOException {
        node = new UploadNode(Files.createDirectory(directory.resolve("node")), SHARDS);
    }

    @AfterEach
    void stop() throws InterruptedException {
        node.close();
    }

    @Test
    void theJarHoldsOurClassesAndNothingThatMeetsSparks() throws IOException {
        assertThat(SubmittedJob.JAR).exists();
        assertThat(Files.size(SubmittedJob.JAR)).isLessThan(20_000_000);
        Map<String, Integer> strangers = new TreeMap<>();
        try (JarFile jar = new JarFile(SubmittedJob.JAR.toFile())) {
            jar.stream()
                    .filter(entry -> !entry.isDirectory())
                    .map(JarEntry::getName)
                    .filter(name -> !name.startsWith("META-INF/"))
                    .filter(name -> !name.matches("io/tilefold/(batch|catalog|client|core|job|proto|shaded)/.*"))
                    .filter(name -> !name.startsWith("org/agrona/"))
                    .forEach(name -> strangers.merge(name, 1, Integer::sum));
            assertThat(strangers).isEmpty();
            assertThat(jar.stream().map(JarEntry::getName).filter(name -> name.startsWith("META-INF/services/")))
                    .isNotEmpty()
                    .allMatch(name -> !name.contains("io.grpc.") || name.contains("io.tilefold.shaded.io.grpc."));
        }
    }

    @Test
    void realFlightsAreUploadedAndEqualTheModel() throws Exception {
        node.close();
        PemFiles files = PemFiles.create(directory, "node");
        Path token = Files.writeString(directory.resolve("token"), "s3cret\n");
        node = new UploadNode(directory.resolve("node"), SHARDS, files.certificate(), files.key(), "s3cret");
        CompiledGroupBy departures = groupBy("departures", "origin", Accuracy.TEMPORAL);
        CompiledGroupBy arrivals = groupBy("arrivals", "destination", Accuracy.SNAPSHOT);
        SubmittedJob.Outcome outcome = SubmittedJob.run(
                directory,
                FLAGS,
                UploadJob.class,
                "--catalog",
                catalog(departures, arrivals).toString(),
                "--ds",
                "2001-02-09",
                "--table",
                "flights=" + FLIGHTS,
                "--ingest",
                node.address(),
                "--tls-authorities",
                files.certificate().toString(),
                "--token-file",
                token.toString(),
                "--work-dir",
                directory.resolve("work").toString());

        assertThat(outcome.exitCode()).as(outcome.toString()).isZero();
        assertThat(outcome.out())
                .contains("departures: reading flights, 40 partitions 2001-01-01 to 2001-02-09")
                .contains("departures: committed version 2 ");
        assertThat(directory.resolve("work")).isEmptyDirectory();
        assertThat(node.open()).isEmpty();
        assertEqualsModel(arrivals, 1, "destination", 0);
        assertEqualsModel(departures, 2, "origin", 0, 17 * 3_600_000L);
    }

    @Test
    void aTrainingSetAndItsLabelsAreWritten() throws IOException, InterruptedException {
        CompiledGroupBy departures = groupBy("departures", "origin", Accuracy.TEMPORAL);
        Join join = Join.builder(
                        "asked",
                        Source.events(
                                "flights",
                                Query.builder()
                                        .wheres("origin = 'OME'")
                                        .timeColumn("ts")
                                        .build()))
                .part(JoinPart.of("departures"))
                .labelPart(new Join.LabelPart("left", 1, 1))
                .build();
        CompiledGroupBy labels = Rides.compiled(
                GroupBy.builder("left")
                        .source(Source.events(
                                "flights", Query.builder().timeColumn("ts").build()))
                        .keys("origin")
                        .aggregate(Aggregation.of("count", "delay").windows("1d"))
                        .build(),
                departures.sourceSchemas().get(0),
                departures.selected());
        Schema left = Schema.of(new Field("origin", Scalar.STRING));
        CompiledJoin compiled = new CompiledJoin(
                DefinitionIds.of(join, left, List.of(departures.id())),
                join,
                Schema.of(new Field("origin", Scalar.STRING), new Field("ts", Scalar.LONG)),
                left);
        Path catalog = directory.resolve("catalog.bin");
        Files.write(
                catalog, CatalogCodec.encode(new Catalog(List.of(departures, labels), List.of(compiled), List.of())));
        Path out = directory.resolve("training");
        SubmittedJob.Outcome outcome = jobs().run(
                        "backfill",
                        "--catalog",
                        catalog.toString(),
                        "--join",
                        "asked",
                        "--table",
                        "flights=" + FLIGHTS,
                        "--out",
                        out.toString(),
                        "--start-ds",
                        "2001-02-08",
                        "--end-ds",
                        "2001-02-09",
                        "--label-end-ds",
                        "2001-02-09");
        assertThat(outcome.exitCode()).as(outcome.toString()).isZero();
        assertThat(outcome.out())
                .contains(
                        "asked labels: 2 label days 2001-02-08 to 2001-02-09, left days 2001-02-08 to 2001-02-09: to compute");
        assertThat(directory.resolve("training_labeled.sql")).isNotEmptyFile();
        List<ModelEvent> events =
                Objects.requireNonNull(events("origin", List.of("OME")).get("OME"));
        List<Row> rows = LocalSpark.session().read().parquet(out.toString()).collectAsList();
        assertThat(rows).isNotEmpty();
        for (Row row : rows) {
            Object backfilled = row.getAs("departures_delay_count_30d");
            assertThat(backfilled)
                    .isEqualTo(SlowModel.value(events, row.getAs("ts"), "30d", "count", 0, "delay", null));
        }
        List<Row> labelled = LocalSpark.session()
                .read()
                .parquet(directory.resolve("training_labels").toString())
                .collectAsList();
        assertThat(labelled).hasSameSizeAs(rows);
        assertThat(labelled).allSatisfy(row -> {
            String day = row.getAs("label_ds");
            long midnight = Days.startMs(LocalDate.parse(day).plusDays(1));
            assertThat(row.<String>getAs("ds")).isEqualTo(day);
            assertThat(row.<Object>getAs("left_delay_count_1d"))
                    .isEqualTo(SlowModel.value(events, midnight, "1d", "count", 0, "delay", null));
        });
    }

    @Test
    void tablesAreDescribed() throws IOException, InterruptedException {
        Path out = directory.resolve("tables.bin");
        SubmittedJob.Outcome outcome = jobs().run("describe", "--table", "flights=" + FLIGHTS, "--out", out.toString());
        assertThat(outcome.exitCode()).as(outcome.toString()).isZero();
        TableSchemas schemas = TableSchemas.parseFrom(Files.readAllBytes(out));
        assertThat(schemas.getTablesList()).hasSize(1);
        assertThat(TypeCodec.fromProto(schemas.getTables(0).getColumns()).names())
                .contains("origin", "destination", "delay", "distance", "ts", "ds");
    }

    @Test
    void whatIsWrongIsSaidInOneLineAndNothingIsLeft() throws IOException, InterruptedException {
        CompiledGroupBy departures = groupBy("departures", "origin", Accuracy.TEMPORAL);
        String catalog = catalog(departures).toString();
        node.forget(departures.id().hex());
        SubmittedJob.Outcome unknown = jobs().run(
                        "upload",
                        "--catalog",
                        catalog,
                        "--ds",
                        "2001-02-09",
                        "--table",
                        "flights=" + FLIGHTS,
                        "--ingest",
                        node.address());
        assertThat(unknown.exitCode()).isEqualTo(1);
        assertThat(unknown.err())
                .contains("tilefold-upload: GroupBy departures: ")
                .contains("NOT_FOUND: definition is not active [UNKNOWN_DEFINITION")
                .contains("(committed before it: nothing)")
                .doesNotContain("\tat io.tilefold.client");
        assertThat(node.committed()).isEmpty();

        SubmittedJob.Outcome noFlag = SubmittedJob.run(
                directory,
                List.of(),
                UploadJob.class,
                "--catalog",
                catalog,
                "--ds",
                "2001-02-09",
                "--ingest",
                node.address());
        assertThat(noFlag.exitCode()).isEqualTo(1);
        assertThat(noFlag.err()).contains("tilefold-upload: this JVM runs without " + JvmFlags.ADD_OPENS);
    }

    @Test
    void aJobThatIsStoppedAbortsItsUpload() throws IOException, InterruptedException {
        node.goWrong(standStill(2 * SHARDS));
        CompiledGroupBy departures = groupBy("departures", "origin", Accuracy.TEMPORAL);
        Process job = SubmittedJob.start(
                directory,
                FLAGS,
                UploadJob.class,
                "--catalog",
                catalog(departures).toString(),
                "--ds",
                "2001-02-09",
                "--table",
                "flights=" + FLIGHTS,
                "--ingest",
                node.address());
        try {
            await().atMost(Duration.ofSeconds(60)).until(() -> !node.open().isEmpty());
            job.destroy(); // SIGTERM
            assertThat(job.waitFor(30, TimeUnit.SECONDS)).isTrue();
        } finally {
            job.destroyForcibly();
        }
        assertThat(job.exitValue()).isNotZero();
        assertThat(node.aborted()).containsExactly(1L);
        assertThat(node.open()).isEmpty();
    }

    private static Mishap[] standStill(int times) {
        return Collections.nCopies(times, Mishap.STAND_STILL).toArray(Mishap[]::new);
    }

    private Path catalog(CompiledGroupBy... groupBys) throws IOException {
        Path file = directory.resolve("catalog.bin");
        Files.write(file, CatalogCodec.encode(new Catalog(List.of(groupBys), List.of(), List.of())));
        return file;
    }

    private static CompiledGroupBy groupBy(String name, String key, Accuracy accuracy) {
        Schema flights = Schema.of(
                new Field("origin", Scalar.STRING),
                new Field("destination", Scalar.STRING),
                new Field("delay", delayType()),
                new Field("ts", Scalar.LONG));
        Schema selected = Schema.of(new Field(key, Scalar.STRING), new Field("delay", delayType()));
        GroupBy definition = GroupBy.builder(name)
                .source(Source.events(
                        "flights", Query.builder().timeColumn("ts").build()))
                .keys(key)
                .accuracy(accuracy)
                .online(true)
                .aggregate(Aggregation.of("count", "delay").windows("1h", "1d", "30d"))
                .aggregate(Aggregation.of("average", "delay").windows("7d"))
                .aggregate(Aggregation.of("top_k", "delay").k(3))
                .build();
        return Rides.compiled(definition, flights, selected);
    }

    /** Whatever integer the examples' table has. */
    private static Scalar delayType() {
        Table flights = new FileTable(LocalSpark.session(), TableLocation.parse("flights=" + FLIGHTS));
        return (Scalar) SparkTypes.fromSpark(ColumnCheck.find(flights.columns(), "delay")
                        .orElseThrow()
                        .dataType())
                .orElseThrow();
    }

    private void assertEqualsModel(CompiledGroupBy groupBy, long version, String key, long... offsets)
            throws IOException {
        SegmentFiles segments = new SegmentFiles(node, version, SHARDS, groupBy, Rides.B);
        List<String> airports = List.of("JFK", "OME");
        Map<String, List<ModelEvent>> eventsByAirport = events(key, airports);
        for (String airport : airports) {
            List<ModelEvent> events = eventsByAirport.getOrDefault(airport, List.of());
            assertThat(events).isNotEmpty();
            for (long offset : offsets) {
                long q = Rides.B + offset;
                Map<String, @Nullable Object> values =
                        segments.values(new KeyEncoder().putString(airport), q).orElseThrow();
                for (String window : List.of("1h", "1d", "30d")) {
                    assertThat(values.get("delay_count_" + window))
                            .as("%s %s", airport, window)
                            .isEqualTo(SlowModel.value(events, q, window, "count", 0, "delay", null));
                }
                assertThat(values.get("delay_top3"))
                        .isEqualTo(SlowModel.value(events, q, "", "top_k", 3, "delay", null));
                assertThat((Double) values.get("delay_average_7d"))
                        .isCloseTo(
                                (Double) SlowModel.value(events, q, "7d", "average", 0, "delay", null), within(1e-9));
            }
        }
    }

    private static Map<String, List<ModelEvent>> events(String key, List<String> airports) {
        Map<String, List<ModelEvent>> events = new LinkedHashMap<>();
        for (Row row : LocalSpark.session()
                .read()
                .parquet(FLIGHTS.toString())
                .where(ColumnCheck.column(key).isin(airports.toArray()))
                .where("ts < " + Rides.B)
                .selectExpr("ts", "CAST(delay AS BIGINT)", key)
                .collectAsList()) {
            Map<String, @Nullable Object> columns = new LinkedHashMap<>();
            columns.put("delay", row.getLong(1));
            events.computeIfAbsent(row.getString(2), airport -> new ArrayList<>())
                    .add(new ModelEvent(row.getLong(0), columns));
        }
        return events;
    }
}
