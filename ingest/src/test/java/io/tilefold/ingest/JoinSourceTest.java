package io.tilefold.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.tilefold.client.FeatureClient;
import io.tilefold.client.Fetch;
import io.tilefold.client.FetchResult;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.serving.ServingConfig;
import io.tilefold.serving.ServingNode;
import io.tilefold.testsupport.ModelEvent;
import io.tilefold.testsupport.Seeds;
import io.tilefold.testsupport.SlowModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** A GroupBy of a join's output, from a real broker over an ingest node that asks a real serving node, to what that serves. */
class JoinSourceTest {
    private static final long B = Flights.FEBRUARY_MS;
    private static final long TILE_MS = 300_000;
    private static final int OF_BASE = 3;
    private static final List<String> AIRPORTS = List.of("A0", "A1", "A2", "A3", "A9");
    private static final List<String> CARRIERS = List.of("aa", "bb", "CC");

    private final TestBroker broker = TestBroker.shared();
    private final List<ModelEvent> flights = new ArrayList<>();

    /** Rows of the child, by carrier. */
    private final Map<String, List<ModelEvent>> rows = new HashMap<>();

    private String flightTopic;
    private String departureTopic;
    private CompiledGroupBy airport;
    private CompiledJoin parent;
    private CompiledGroupBy carrier;
    private long flightsSent;
    private long departuresSent;
    private long nowMs = B;

    @TempDir
    private Path directory;

    @BeforeEach
    void define() {
        flightTopic = "flights-" + UUID.randomUUID();
        departureTopic = "departures-" + UUID.randomUUID();
        airport = Flights.airport(flightTopic);
        parent = Departures.join(departureTopic, airport);
        carrier = Departures.carrier(departureTopic, parent);
        broker.createTopic(flightTopic, 1);
        broker.createTopic(departureTopic, 1);
        for (String of : AIRPORTS.subList(0, 4)) {
            for (long i = 1; i <= OF_BASE; i++) {
                flights.add(new ModelEvent(B - i * 60_000, Map.of("origin", of, "delay", 1L)));
            }
        }
    }

    @Test
    void valuesAreThoseOfTheModelWhateverServesAndEnds() {
        Seeds.one(random -> {
            ServingNode serving = serving(0);
            int port = serving.port();
            try (TestNode node = node(port)) {
                apply(node);
                for (int round = 0; round < 5; round++) {
                    fly(node, random);
                    depart(node, random, 40);
                    awaitDepartures(node);
                }
                check(port);

                serving.close();
                fly(node, random); // of another topic, which goes on
                depart(node, random, 30);
                long before = node.status("carrier").getEventsApplied();
                Thread.sleep(1_500);
                assertThat(node.status("carrier").getEventsApplied())
                        .as("nobody answers")
                        .isEqualTo(before);
                serving = serving(port);
                awaitDepartures(node);
                check(port);

                node.restart(); // the log is replayed, and nobody is asked
                awaitDepartures(node);
                check(port);
                fly(node, random);
                depart(node, random, 30);
                node.restart(); // with those anywhere on their way
                awaitDepartures(node);
                check(port);
            } finally {
                serving.close();
            }
        });
    }

    /** Departures that were there before it came: the join is asked for its answers of then. */
    @Test
    void aChildThatIsAddedLaterCatchesUp() {
        Seeds.one(random -> {
            ServingNode serving = serving(0);
            int port = serving.port();
            try (TestNode node = node(port)) {
                Object unused = node.apply(Departures.catalog(parent, airport));
                long version = TestUploads.upload(node.channel(), airport, B, OF_BASE, directory);
                assertThat(version).isPositive();
                awaitVersion(port);
                for (int round = 0; round < 3; round++) {
                    fly(node, random);
                    depart(node, random, 30);
                }
                unused = node.apply(Departures.catalog(parent, airport, carrier));
                depart(node, random, 30);
                long own = TestUploads.upload(node.channel(), carrier, B, Map.of(), directory);
                assertThat(own).isPositive();
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> !node.status("carrier").getCatchingUp());
                awaitDepartures(node);
                check(port);
            } finally {
                serving.close();
            }
        });
    }

    @Test
    void withoutServingNodesTheTopicIsNotReadAndTheLogSaysSo() throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger("io.tilefold.ingest.kafka.TopicPrograms");
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        try (TestNode node = new TestNode(directory)) {
            Object unused = node.apply(Departures.catalog(parent, airport, carrier));
            fly(node, new SplittableRandom(1)); // the other topic is read
            await().until(() -> List.copyOf(lines.list).stream()
                    .map(ILoggingEvent::getFormattedMessage)
                    .anyMatch(line -> line.contains("topic " + departureTopic
                                    + " is not read: GroupBy carrier reads the" + " output of join team.departures")
                            && line.contains("set servingNodes")));
        } finally {
            logger.detachAppender(lines);
        }
    }

    private TestNode node(int servingPort) {
        return new TestNode(TestNode.config(directory)
                .servingNodes(List.of("127.0.0.1:" + servingPort))
                .build());
    }

    private ServingNode serving(int port) throws Exception {
        return ServingNode.start(ServingConfig.builder(directory.resolve("store"))
                .port(port)
                .rehearsalMs(0)
                .storeRetryMs(20)
                .build());
    }

    private void apply(TestNode node) throws Exception {
        Object unused = node.apply(Departures.catalog(parent, airport, carrier));
        long versions = TestUploads.upload(node.channel(), airport, B, OF_BASE, directory)
                + TestUploads.upload(node.channel(), carrier, B, Map.of(), directory);
        assertThat(versions).isPositive();
        awaitVersion(Integer.parseInt(node.config().servingNodes().get(0).split(":")[1]));
    }

    private void awaitVersion(int port) {
        try (FeatureClient client = FeatureClient.connect("127.0.0.1:" + port)) {
            Departures.awaitAirports(client, B);
        }
    }

    /** Flights of the next minutes, all applied. */
    private void fly(TestNode node, SplittableRandom random) {
        List<String> sent = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            String origin = AIRPORTS.get(random.nextInt(4));
            int delay = random.nextInt(-5, 60);
            long timeMs = nowMs + random.nextLong(4 * TILE_MS);
            sent.add(Flights.json(timeMs, origin, "B0", delay));
            flights.add(new ModelEvent(timeMs, Map.of("origin", origin, "delay", (long) delay)));
        }
        nowMs += 4 * TILE_MS;
        broker.produce(flightTopic, 0, sent);
        flightsSent += sent.size();
        long unused = node.await(flightTopic, 0, flightsSent);
    }

    /** Departures of now and the moments before, on the grid of tiles. */
    private void depart(TestNode node, SplittableRandom random, int count) {
        List<String> sent = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long timeMs = nowMs - random.nextLong(4) * TILE_MS;
            String origin = random.nextInt(10) == 0 ? null : AIRPORTS.get(random.nextInt(AIRPORTS.size()));
            String of = random.nextInt(10) == 0 ? null : CARRIERS.get(random.nextInt(CARRIERS.size()));
            int seats = random.nextInt(-20, 200);
            sent.add(Departures.json(timeMs, origin, of, seats));
            expect(timeMs, origin, of, seats);
        }
        sent.add("no JSON");
        sent.add(Departures.json(null, "A0", "aa", 1));
        broker.produce(departureTopic, 0, sent);
        departuresSent += sent.size();
        assertThat(node.status().getTopicsCount()).isPositive();
    }

    /** What the join's table would have, and the child's query makes of it. */
    private void expect(long timeMs, @Nullable String origin, @Nullable String of, int seats) {
        List<ModelEvent> known = flights.stream()
                .filter(flight -> Objects.equals(flight.get("origin"), origin))
                .toList();
        Object count = SlowModel.value(known, timeMs, "", "count", 0, "delay", null);
        Object sum = SlowModel.value(known, timeMs, "", "sum", 0, "delay", null);
        if (of == null || seats <= 0 || count == null && seats <= 100) {
            return;
        }
        Map<String, Object> row = new HashMap<>();
        row.put("seats", (long) seats);
        if (sum != null) {
            row.put("load", (long) sum + seats);
            row.put("crowd", (long) sum + seats);
        }
        rows.computeIfAbsent(of.toUpperCase(Locale.ROOT), unused -> new ArrayList<>())
                .add(new ModelEvent(timeMs, row));
    }

    private void awaitDepartures(TestNode node) {
        long unused = node.await(departureTopic, 0, departuresSent);
    }

    private void check(int port) {
        long q = nowMs + TILE_MS;
        try (FeatureClient client = FeatureClient.builder()
                .address("127.0.0.1:" + port)
                .defaultDeadline(Duration.ofSeconds(20))
                .build()) {
            for (String of : List.of("AA", "BB", "CC")) {
                List<ModelEvent> events = rows.getOrDefault(of, List.of());
                List<@Nullable Object> expected = Arrays.asList(
                        SlowModel.value(events, q, "", "count", 0, "seats", null),
                        SlowModel.value(events, q, "2d", "sum", 0, "load", null),
                        SlowModel.value(events, q, "", "last", 0, "crowd", null));
                await().atMost(Duration.ofSeconds(20)).ignoreExceptions().untilAsserted(() -> {
                    FetchResult answer = client.fetch(
                            Fetch.groupBy("carrier").row(Map.of("carrier", of)).asOf(q));
                    assertThat(new ArrayList<>(answer.toMap(0).values())).as(of).isEqualTo(expected);
                });
            }
        }
    }
}
