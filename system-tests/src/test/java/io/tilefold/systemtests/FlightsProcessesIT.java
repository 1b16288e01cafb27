package io.tilefold.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.tilefold.cli.laptop.FlightsOnLaptop;
import io.tilefold.cli.laptop.LaptopCluster;
import io.tilefold.cli.process.Installation;
import io.tilefold.client.Channels;
import io.tilefold.client.FeatureClient;
import io.tilefold.client.FetchResult;
import io.tilefold.client.PartStatus;
import io.tilefold.client.admin.AdminClient;
import io.tilefold.client.admin.TopicOffset;
import io.tilefold.client.call.LogPosition;
import io.tilefold.core.key.ShardSet;
import io.tilefold.examples.flights.FlightsDemo;
import io.tilefold.examples.flights.FlightsStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole system as the processes a user starts: Kafka, Spark, ingest, serving, the {@code tilefold} command. Every answer is compared with
 * SQL, cell by cell, while nodes are killed in the middle of the stream.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class FlightsProcessesIT {
    private static final Path HOME = Path.of(System.getProperty("tilefold.home"));

    private final TilefoldCommand tilefold = new TilefoldCommand(HOME);
    private LaptopCluster cluster;
    private FlightsOnLaptop flights;

    @BeforeAll
    void startCompileAndUpload(@TempDir Path directory) throws Exception {
        Installation installation = new Installation(HOME);
        cluster = new LaptopCluster(installation, directory);
        flights = new FlightsOnLaptop(installation, cluster, new PrintStream(System.out, true, StandardCharsets.UTF_8));
        flights.start();
        flights.compile();
        flights.upload();
    }

    @AfterAll
    void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    @Order(1)
    void killedNodesLoseNothingCountNothingTwiceAndAnswersEqualSql() throws Exception {
        FlightsDemo.Outcome outcome = flights.streamAndCompare(moment -> {
            switch (moment) {
                case 8, 23 -> {
                    cluster.killIngest();
                    cluster.startIngest();
                }
                case 16 -> {
                    cluster.killServing();
                    cluster.startServing();
                }
                case 20 -> {
                    cluster.killServing();
                    cluster.killIngest();
                    cluster.startIngest();
                    cluster.startServing();
                }
                default -> {}
            }
        });
        assertThat(outcome.comparison().differences()).isEmpty();
        assertThat(outcome.comparison().differentCount()).isZero();
        assertThat(outcome.answers()).isGreaterThan(2_000);
        assertThat(outcome.comparison().nonNullShare()).isGreaterThan(0.7);
        // A node that was just started again has not stood at the topic's end yet, and says so.
        assertThat(outcome.statuses().keySet()).isSubsetOf(PartStatus.COMPLETE, PartStatus.NOT_FOUND, PartStatus.STALE);
        assertThat(outcome.statuses().get(PartStatus.COMPLETE)).isGreaterThan(10_000);
    }

    @Test
    @Order(2)
    void aRowOfFeaturesForPeopleAndForPrograms() throws Exception {
        String table = tilefold.done(
                "fetch",
                "flight_context",
                "origin=JFK",
                "destination=LAX",
                "--as-of",
                "2001-02-12T00:00:00Z",
                "--server",
                cluster.serving());
        assertThat(table).contains("route_delay_count_30d", "COMPLETE", "batch end 2001-02-10T00:00:00Z");
        String json = tilefold.done(
                "fetch",
                "route",
                "--group-by",
                "origin=JFK",
                "destination=LAX",
                "--as-of",
                "981936000000",
                "--json",
                "--server",
                cluster.serving());
        assertThat(json).contains("\"delay_count_30d\" : ", "\"status\" : \"COMPLETE\"", "\"asOfMs\" : 981936000000");
    }

    @Test
    @Order(3)
    void loadHasNoOtherStatusThanCompleteAndNotFound() throws Exception {
        assertThat(flights.load(100, Duration.ofSeconds(3))).isTrue();
    }

    @Test
    @Order(4)
    void badInputIsNamedAndLeavesNothingHalfDone(@TempDir Path directory) throws Exception {
        String serving = cluster.serving();
        tilefold.refused("nope", "fetch", "nope", "origin=JFK", "--server", serving);
        tilefold.refused("destination", "fetch", "flight_context", "origin=JFK", "--server", serving);
        tilefold.refused(
                "gate", "fetch", "flight_context", "origin=JFK", "destination=LAX", "gate=4", "--server", serving);
        tilefold.refused("127.0.0.1:1", "fetch", "flight_context", "origin=JFK", "--server", "127.0.0.1:1");
        tilefold.refused(
                "2001-02-30",
                "fetch",
                "flight_context",
                "origin=JFK",
                "destination=LAX",
                "--as-of",
                "2001-02-30",
                "--server",
                serving);
        String port = serving.substring(serving.indexOf(':') + 1);
        tilefold.refused(port, "serve", "--set", "port=" + port, "--set", "storeDirs=" + directory);

        Path definitions = Files.createDirectory(directory.resolve("definitions"));
        Files.writeString(definitions.resolve("bad.yaml"), """
                kind: GroupBy
                name: bad
                sources:
                  - events: {table: flights, columns: {ts: long, origin: string}, query: {timeColumn: ts}}
                keys: [origin]
                onlin: true
                aggregations:
                  - {inputColumn: origin, operation: medain}
                """);
        Path output = directory.resolve("catalog.pb");
        TilefoldCommand.Run compile = tilefold.run("compile", definitions.toString(), "-o", output.toString());
        assertThat(compile.code()).as(compile.output()).isEqualTo(1);
        assertThat(compile.output()).contains("bad.yaml:6: onlin", "online", "bad.yaml:8", "medain");
        assertThat(output).doesNotExist();
        Files.writeString(definitions.resolve("bad.yaml"), """
                kind: GroupBy
                name: bad
                sources:
                  - events: {table: flights, query: {selects: {origin: orign, delay: delay}, timeColumn: ts}}
                keys: [origin]
                aggregations:
                  - {inputColumn: origin, operation: sum}
                """);
        compile = tilefold.run(
                "compile", definitions.toString(), "--table", "flights=" + data(), "-o", output.toString());
        assertThat(compile.code()).as(compile.output()).isEqualTo(1);
        assertThat(compile.output()).contains("bad.yaml:4", "orign", "origin");
        assertThat(output).doesNotExist();

        String catalog = cluster.directory().resolve("catalog.pb").toString();
        tilefold.refused(
                "/nowhere/flights",
                "upload",
                "--catalog",
                catalog,
                "--ds",
                "2001-02-09",
                "--table",
                "flights=/nowhere/flights",
                "--ingest",
                cluster.ingest());
        tilefold.refused(
                "route_2",
                "upload",
                "--catalog",
                catalog,
                "--ds",
                "2001-02-09",
                "--table",
                "flights=" + data(),
                "--group-by",
                "route_2",
                "--ingest",
                cluster.ingest());
        tilefold.refused(
                "absent.pb",
                "upload",
                "--catalog",
                directory.resolve("absent.pb").toString(),
                "--ds",
                "2001-02-09",
                "--ingest",
                cluster.ingest());
    }

    /** Every operation over scalars, lists, maps and structs, in every form, from Parquet and from JSON, through every path. */
    @Test
    @Order(5)
    void everyOperationInEveryFormEqualsTheModel(@TempDir Path directory) throws Exception {
        long batchEndMs = FlightsDemo.BATCH_END.toEpochMilli();
        long endMs = FlightsDemo.STREAM_END.toEpochMilli();
        Trips trips = new Trips(new SplittableRandom(20010210), batchEndMs, endMs);
        Path table = directory.resolve("trips");
        trips.writeTable(table);
        Path catalog = compileWithTrips(directory, table);
        try (Records records = new Records(cluster.kafka(), Trips.TOPIC)) {
            uploadTrips(catalog, table);
            ManagedChannel channel = Channels.open(cluster.ingest());
            try (FeatureClient client = FeatureClient.connect(cluster.serving())) {
                long from = batchEndMs;
                for (long q : List.of(batchEndMs + 3_600_000L, batchEndMs + 5 * 3_600_000L + 1, endMs)) {
                    records.send(trips.records(from, q));
                    from = q;
                    LogPosition applied = new AdminClient(channel).awaitOffsets(records.nextOffsets(), 60_000);
                    TripAnswers answers = new TripAnswers(client, trips, q, applied);
                    answers.equalTheModel();
                    answers.nameTheStateBeyondItsBound();
                }
            } finally {
                channel.shutdownNow();
            }
        }
        String json = tilefold.done(
                "fetch",
                Trips.BY_RIDER,
                "--group-by",
                "rider=ann",
                "--as-of",
                String.valueOf(endMs),
                "--json",
                "--server",
                cluster.serving());
        assertThat(json).containsPattern("\"leg_last\" : \\{\\s+\"to\" : ");
    }

    /**
     * Two shard groups with different shards on the topic of the flights, which feeds three GroupBys with different keys; a join that spans both. Either
     * node answers what SQL says; with one group killed only its keys are marked; back again, all are whole.
     */
    @Test
    @Order(6)
    void twoShardGroupsAnswerWhatSqlSaysAndOneMayDie(@TempDir Path directory) throws Exception {
        try (ShardGroupProcesses groups = new ShardGroupProcesses(new Installation(HOME), directory, cluster.kafka())) {
            groups.start();
            tilefold.done(
                    "upload",
                    "--catalog",
                    cluster.directory().resolve("catalog.pb").toString(),
                    "--ds",
                    FlightsOnLaptop.END_DS,
                    "--table",
                    "flights=" + data(),
                    "--ingest",
                    groups.ingest());
            List<TopicOffset> offsets = Records.ends(cluster.kafka(), FlightsStream.TOPIC);
            FlightQuestions early =
                    new FlightQuestions(Path.of(data()), FlightsDemo.BATCH_END.toEpochMilli() + 39_600_000);
            FlightQuestions late = new FlightQuestions(Path.of(data()), FlightsDemo.STREAM_END.toEpochMilli());
            for (int group = 0; group < 2; group++) {
                early.assertWhole(FlightQuestions.ask(groups.serving(group), groups.after(offsets, early.fetch())));
                late.assertWhole(FlightQuestions.ask(groups.serving(group), groups.after(offsets, late.fetch())));
            }
            tilefold.refused(
                    "serving.storeDirs: the stores " + cluster.directory().resolve("store"),
                    "serve",
                    "--set",
                    "port=0",
                    "--set",
                    "storeDirs=" + cluster.directory().resolve("store") + "," + groups.stores());
            String host = groups.startHost();
            Awaitility.await()
                    .atMost(60, TimeUnit.SECONDS)
                    .ignoreExceptions()
                    .untilAsserted(
                            () -> late.assertWhole(FlightQuestions.ask(host, groups.after(offsets, late.fetch()))));
            early.assertWhole(FlightQuestions.ask(host, groups.after(offsets, early.fetch())));
            FetchResult before = FlightQuestions.ask(groups.serving(0), late.fetch());
            groups.kill(1);
            late.assertWhole(FlightQuestions.ask(host, late.fetch())); // what was applied is there
            for (int i = 0; i < 3; i++) {
                late.assertMarked(
                        FlightQuestions.ask(groups.serving(0), late.fetch()), ShardSet.parse("1,3", 4), before);
            }
            groups.start(1);
            groups.after(offsets, late.fetch());
            Awaitility.await().atMost(60, TimeUnit.SECONDS).untilAsserted(() -> {
                late.assertWhole(FlightQuestions.ask(groups.serving(0), late.fetch()));
                late.assertWhole(FlightQuestions.ask(host, groups.after(offsets, late.fetch())));
            });
            assertThat(tilefold.done("status", "--ingest", groups.ingest()))
                    .contains("shard group 0, shards 0,2 of 4", "shard group 1, shards 1,3 of 4");
        }
    }

    private Path compileWithTrips(Path directory, Path table) throws Exception {
        Path definitions = Files.createDirectory(directory.resolve("definitions"));
        try (Stream<Path> flightDefinitions = Files.list(HOME.resolve("examples/flights/definitions"))) {
            for (Path definition : flightDefinitions.toList()) {
                Files.copy(definition, definitions.resolve(definition.getFileName()));
            }
        }
        Files.writeString(definitions.resolve("trips.yaml"), Trips.definitions());
        Path catalog = directory.resolve("catalog.pb");
        tilefold.done(
                "compile",
                definitions.toString(),
                "--table",
                "flights=" + data(),
                "--table",
                "trips=" + table,
                "-o",
                catalog.toString());
        return catalog;
    }

    private void uploadTrips(Path catalog, Path table) throws Exception {
        tilefold.done(
                "upload",
                "--catalog",
                catalog.toString(),
                "--ds",
                FlightsOnLaptop.END_DS,
                "--table",
                "trips=" + table,
                "--group-by",
                Trips.BY_RIDER,
                "--group-by",
                Trips.BY_POSITION,
                "--group-by",
                Trips.BOUNDED,
                "--ingest",
                cluster.ingest());
    }

    private static String data() {
        return HOME.resolve("examples/flights/data/flights").toString();
    }
}
