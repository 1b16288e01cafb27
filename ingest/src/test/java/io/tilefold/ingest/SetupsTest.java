package io.tilefold.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tilefold.catalog.CatalogCodec;
import io.tilefold.catalog.DefinitionIds;
import io.tilefold.client.FeatureClient;
import io.tilefold.client.Fetch;
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
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
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
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Topics whose queries declare functions, each its own under one name: from a real broker through the cluster to what a serving node answers, beside the slow model. */
class SetupsTest {
    private static final long B = Flights.FEBRUARY_MS;
    private static final long HOUR_MS = 3_600_000;
    private static final String PARENT = "team.departures";

    private final TestBroker broker = TestBroker.shared();
    private final List<AutoCloseable> open = new ArrayList<>();

    private String topic;

    @TempDir
    private Path directory;

    @BeforeEach
    void create() {
        topic = "with-setups-" + UUID.randomUUID();
        broker.createTopic(topic, 1);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
    }

    private static CompiledGroupBy byPlace(String name, String topic, String place, String where, String... setups) {
        Schema table = Schema.of(
                new Field("ts", Scalar.LONG),
                new Field("origin", Scalar.STRING),
                new Field("destination", Scalar.STRING),
                new Field("delay", Scalar.INT));
        Schema selected = Schema.of(new Field("place", Scalar.STRING), new Field("minutes", Scalar.LONG));
        GroupBy groupBy = GroupBy.builder(name)
                .source(Source.events(
                        "flights",
                        topic,
                        Query.builder()
                                .select("place", place)
                                .select("minutes", "f(delay)")
                                .wheres(where)
                                .timeColumn("at(ts)")
                                .setups(List.of(setups))
                                .build()))
                .keys("place")
                .aggregate(Aggregation.of("count", "minutes"))
                .aggregate(Aggregation.of("sum", "minutes").windows("6h"))
                .aggregate(Aggregation.of("max", "minutes").windows("1d"))
                .online(true)
                .build();
        return new CompiledGroupBy(
                DefinitionIds.of(groupBy, List.of(table), selected), groupBy, List.of(table), selected);
    }

    @Test
    void twoGroupBysOfOneTopicHaveFunctionsOfOneName() {
        CompiledGroupBy near = byPlace(
                "near",
                topic,
                "lower(name(origin))",
                "is_late(delay)",
                "CREATE TEMPORARY FUNCTION name(x STRING) RETURNS STRING RETURN trim(x)",
                "CREATE TEMPORARY FUNCTION f(x INT) RETURNS BIGINT RETURN x * 2",
                "CREATE TEMPORARY FUNCTION is_late(x INT, least INT DEFAULT 15) RETURN f(x) > 2 * least",
                "CREATE TEMPORARY FUNCTION at(t BIGINT) RETURN t");
        CompiledGroupBy far = byPlace(
                "far",
                topic,
                "name(destination)",
                "name(destination) <> 'to B0'",
                "CREATE TEMPORARY FUNCTION name(x STRING) RETURN 'to ' || x",
                "CREATE OR REPLACE TEMPORARY FUNCTION f(x INT) RETURNS BIGINT RETURN -x",
                "CREATE TEMPORARY FUNCTION at(t BIGINT) RETURNS BIGINT RETURN t - 1000 * 3600");
        Seeds.one(random -> {
            int port = serving();
            try (TestNode node = new TestNode(directory)) {
                Object unused = node.apply(Flights.catalog(near, far));
                upload(node, near, far);
                Map<String, List<ModelEvent>> ofNear = new HashMap<>();
                Map<String, List<ModelEvent>> ofFar = new HashMap<>();
                List<String> sent = new ArrayList<>();
                for (int i = 0; i < 300; i++) {
                    long ts = B + HOUR_MS + i * 120_000L;
                    String origin = "A" + random.nextInt(3);
                    String destination = "B" + random.nextInt(3);
                    int delay = random.nextInt(-10, 60);
                    sent.add(Flights.json(ts, " " + origin, destination, delay));
                    if (delay > 15) {
                        add(ofNear, origin.toLowerCase(Locale.ROOT), ts, "minutes", 2L * delay);
                    }
                    if (!destination.equals("B0")) {
                        add(ofFar, "to " + destination, ts - HOUR_MS, "minutes", -delay);
                    }
                }
                broker.produce(topic, 0, sent);
                long applied = node.await(topic, 0, sent.size());
                assertThat(applied).isPositive();
                long q = B + 12 * HOUR_MS;
                for (int restarts = 0; restarts < 2; restarts++) {
                    for (String place : List.of("a0", "a1", "a2", "A0")) {
                        check(port, "near", "place", place, q, byPlace(ofNear.get(place), q));
                    }
                    for (String place : List.of("to B0", "to B1", "to B2")) {
                        check(port, "far", "place", place, q, byPlace(ofFar.get(place), q));
                    }
                    node.restart();
                    applied = node.await(topic, 0, sent.size());
                }
            }
        });
    }

    private static List<@Nullable Object> byPlace(@Nullable List<ModelEvent> known, long q) {
        List<ModelEvent> events = known == null ? List.of() : known;
        return Arrays.asList(
                SlowModel.value(events, q, "", "count", 0, "minutes", null),
                SlowModel.value(events, q, "6h", "sum", 0, "minutes", null),
                SlowModel.value(events, q, "1d", "max", 0, "minutes", null));
    }

    /** A left with functions, a child with others of their names, and contextual fields of every kind on the way between them. */
    @Test
    void aParentsLeftHasFunctionsAndIsAskedWithListsMapsAndStructs() {
        String flightTopic = "flights-" + UUID.randomUUID();
        broker.createTopic(flightTopic, 1);
        CompiledGroupBy airport = Flights.airport(flightTopic);
        CompiledJoin parent = parent(airport);
        CompiledGroupBy child = child(parent);
        Seeds.one(random -> {
            int port = serving();
            try (TestNode node = new TestNode(TestNode.config(directory)
                    .servingNodes(List.of("127.0.0.1:" + port))
                    .build())) {
                Object unused = node.apply(
                        CatalogCodec.encode(new Catalog(List.of(airport, child), List.of(parent), List.of())));
                upload(node, airport, child);
                long sum = 7;
                broker.produce(flightTopic, 0, List.of(Flights.json(B + 1_000, "JFK", "LAX", (int) sum)));
                long applied = node.await(flightTopic, 0, 1);
                assertThat(applied).isPositive();
                Map<String, List<ModelEvent>> rows = new HashMap<>();
                List<String> sent = new ArrayList<>();
                for (int i = 0; i < 60; i++) {
                    long at = B + 600_000 + i * 300_000L;
                    int seats = random.nextInt(-20, 100);
                    String carrier = random.nextBoolean() ? "aa" : "Bb";
                    sent.add(Departures.json(at, "JFK", carrier, seats));
                    if (seats > 20) {
                        add(rows, carrier.toUpperCase(Locale.ROOT), at, "load", (sum + seats) + seats + 3L);
                    }
                }
                broker.produce(topic, 0, sent);
                applied = node.await(topic, 0, sent.size());
                long q = B + 8 * HOUR_MS;
                for (String carrier : List.of("AA", "BB")) {
                    List<ModelEvent> events = rows.getOrDefault(carrier, List.of());
                    check(
                            port,
                            "child",
                            "carrier",
                            carrier,
                            q,
                            Arrays.asList(
                                    SlowModel.value(events, q, "", "count", 0, "load", null),
                                    SlowModel.value(events, q, "2d", "sum", 0, "load", null)));
                }
            }
        });
    }

    private CompiledJoin parent(CompiledGroupBy airport) {
        Field legs = new Field("legs", new ListType(Scalar.INT));
        Field shares = new Field("shares", new MapType(new ListType(Scalar.FLOAT)));
        Field leg = new Field(
                "leg",
                new StructType(
                        List.of(new Field("to", Scalar.STRING), new Field("minutes", new ListType(Scalar.INT)))));
        Join join = Join.builder(
                        PARENT,
                        Source.events(
                                "departures",
                                topic,
                                Query.builder()
                                        .select("carrier", "f(carrier)")
                                        .select("legs", "array(seats, NULL, 1)")
                                        .select("shares", "map('s', array(CAST(seats AS FLOAT)))")
                                        .select("leg", "named_struct('to', origin, 'minutes', array(seats))")
                                        .wheres("f(carrier) IS NOT NULL")
                                        .timeColumn("moment(at)")
                                        .setups(List.of(
                                                "CREATE TEMPORARY FUNCTION f(x STRING) RETURNS STRING RETURN upper(x)",
                                                "CREATE TEMPORARY FUNCTION moment(t BIGINT) RETURN t"))
                                        .build()))
                .part(JoinPart.of("airport"))
                .contextual(Schema.of(legs, shares, leg))
                .derive("*", "*")
                .derive("crowd", "airport_delay_sum + ext_contextual_legs[0]")
                .derive("share", "ext_contextual_shares['s'][0]")
                .derive("minutes", "ext_contextual_leg.minutes[0]")
                .online(true)
                .build();
        Schema left =
                Schema.of(new Field("carrier", Scalar.STRING), legs, shares, leg, new Field("origin", Scalar.STRING));
        return new CompiledJoin(DefinitionIds.of(join, left, List.of(airport.id())), join, Departures.ROW, left);
    }

    private CompiledGroupBy child(CompiledJoin parent) {
        Schema output = Schema.of(
                new Field("carrier", Scalar.STRING),
                new Field("crowd", Scalar.LONG),
                new Field("share", Scalar.FLOAT),
                new Field("minutes", Scalar.INT),
                new Field("ext_contextual_legs", new ListType(Scalar.INT)),
                new Field("ts", Scalar.LONG));
        Schema selected = Schema.of(new Field("carrier", Scalar.STRING), new Field("load", Scalar.LONG));
        GroupBy groupBy = GroupBy.builder("child")
                .source(new Source.JoinOutput(
                        PARENT,
                        Query.builder()
                                .select("load", "f(crowd, minutes) + size(ext_contextual_legs)")
                                .wheres("share > 20.0")
                                .setups(List.of("CREATE TEMPORARY FUNCTION f(x BIGINT, y BIGINT) RETURN x + y"))
                                .build(),
                        Optional.of(topic)))
                .keys("carrier")
                .aggregate(Aggregation.of("count", "load"))
                .aggregate(Aggregation.of("sum", "load").windows("2d"))
                .online(true)
                .build();
        return new CompiledGroupBy(
                DefinitionIds.of(groupBy, List.of(output), selected, List.of(parent.id())),
                groupBy,
                List.of(output),
                selected);
    }

    private static void add(Map<String, List<ModelEvent>> events, String key, long timeMs, String column, long value) {
        events.computeIfAbsent(key, unused -> new ArrayList<>()).add(new ModelEvent(timeMs, Map.of(column, value)));
    }

    private int serving() throws Exception {
        ServingNode serving = ServingNode.start(ServingConfig.builder(directory.resolve("store"))
                .port(0)
                .rehearsalMs(0)
                .storeRetryMs(20)
                .build());
        open.add(serving);
        return serving.port();
    }

    private void upload(TestNode node, CompiledGroupBy... groupBys) throws Exception {
        for (CompiledGroupBy groupBy : groupBys) {
            long version = TestUploads.upload(node.channel(), groupBy, B, Map.of(), directory);
            assertThat(version).isPositive();
        }
    }

    private static void check(
            int port, String groupBy, String key, String value, long q, List<@Nullable Object> expected) {
        try (FeatureClient client = FeatureClient.builder()
                .address("127.0.0.1:" + port)
                .defaultDeadline(Duration.ofSeconds(20))
                .build()) {
            await().atMost(Duration.ofSeconds(20))
                    .ignoreExceptions()
                    .untilAsserted(() -> assertThat(new ArrayList<>(client.fetch(Fetch.groupBy(groupBy)
                                            .row(Map.of(key, value))
                                            .asOf(q))
                                    .toMap(0)
                                    .values()))
                            .as("%s of %s", groupBy, value)
                            .isEqualTo(expected));
        }
    }
}
