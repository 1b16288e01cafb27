package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.tilefold.client.Channels;
import io.tilefold.client.FailureCode;
import io.tilefold.client.Fetch;
import io.tilefold.client.FetchResult;
import io.tilefold.client.PartResult;
import io.tilefold.client.PartStatus;
import io.tilefold.client.PositionRange;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.key.KeyHash;
import io.tilefold.core.key.ShardSet;
import io.tilefold.proto.serving.v1.ExplainResponse;
import io.tilefold.proto.serving.v1.PartExplanation;
import io.tilefold.store.Mappings;
import io.tilefold.testsupport.ModelEvent;
import io.tilefold.testsupport.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One node that maps the stores of several shard groups: it answers as the groups' own nodes do together, and what befalls one store marks its keys alone. */
class HostStoresTest {
    private static final long FROM_MS = Flights.B - 40 * Flights.DAY_MS;
    private static final long TO_MS = Flights.B + 3 * Flights.DAY_MS;
    private static final List<ModelEvent> HISTORY = Flights.random(new SplittableRandom(7), 400, FROM_MS, Flights.B);

    @TempDir
    private Path directory;

    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
    }

    private <T extends AutoCloseable> T closing(T resource) {
        opened.add(resource);
        return resource;
    }

    private FlightStore store(int group, String shards, Catalog catalog) throws IOException {
        return closing(new FlightStore(path(group), group, ShardSet.parse(shards, FlightStore.SHARDS)))
                .activate(catalog);
    }

    private Path path(int group) {
        return directory.resolve("group-" + group);
    }

    private FlightStore[] twoStores() throws IOException {
        FlightStore[] stores = {store(0, "0,2", Flights.CATALOG), store(1, "1,3", Flights.CATALOG)};
        for (FlightStore store : stores) {
            store.batch(HISTORY, 1, Flights.B).publish(Flights.B + Flights.DAY_MS);
        }
        return stores;
    }

    private ServingConfig.Builder config(int... groups) {
        List<Path> directories = new ArrayList<>();
        for (int group : groups) {
            directories.add(path(group));
        }
        return ServingConfig.builder(directories).rehearsalMs(0).port(0).storeRetryMs(20);
    }

    /** A node of these groups; it is SERVING. */
    private TestNode node(int... groups) throws IOException {
        TestNode node = closing(new TestNode(config(groups).build()));
        awaitHealth(node, ServingStatus.SERVING);
        return node;
    }

    private static ServingStatus health(TestNode node) {
        ManagedChannel channel = Channels.open(node.address());
        try {
            return HealthGrpc.newBlockingStub(channel)
                    .check(HealthCheckRequest.getDefaultInstance())
                    .getStatus();
        } finally {
            channel.shutdownNow();
        }
    }

    private static void awaitHealth(TestNode node, ServingStatus status) {
        Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> health(node) == status);
    }

    /** Every value of every part at many moments is the slow model's; nobody else could be asked. */
    @Test
    void oneNodeAnswersForTwoGroupsWhatTheSlowModelSays() {
        int[] run = {0};
        Seeds.forEach(1, random -> replay(random, directory.resolve("run" + run[0]++)));
    }

    private static void replay(SplittableRandom random, Path directory) throws Exception {
        List<ModelEvent> events = Flights.random(random, 800, FROM_MS, TO_MS);
        Path even = directory.resolve("even");
        Path odd = directory.resolve("odd");
        try (FlightStore first = new FlightStore(even, 0, TwoGroups.EVEN).activate(Flights.CATALOG);
                FlightStore second = new FlightStore(odd, 1, TwoGroups.ODD).activate(Flights.CATALOG);
                TestNode node = new TestNode(ServingConfig.builder(List.of(even, odd))
                        .rehearsalMs(0)
                        .port(0)
                        .storeRetryMs(20)
                        .build())) {
            first.batch(events, 1, Flights.B).publish(node.nowMs.get());
            second.batch(events, 1, Flights.B).publish(node.nowMs.get());
            awaitHealth(node, ServingStatus.SERVING);
            int applied = (int)
                    events.stream().filter(event -> event.timeMs() < Flights.B).count();
            int present = 0;
            for (long q : FetchValuesTest.moments(random, events)) {
                int until = applied;
                while (until < events.size() && events.get(until).timeMs() < q) {
                    until++;
                }
                Fetch fetch = Fetch.join("flight_context")
                        .minPosition(
                                0, first.apply(events.subList(applied, until)).publish(node.nowMs.get()))
                        .minPosition(
                                1, second.apply(events.subList(applied, until)).publish(node.nowMs.get()));
                applied = until;
                present += FetchValuesTest.compare(node, events, q, fetch);
            }
            assertThat(present).as("cells that are not null").isGreaterThan(10_000);
        }
    }

    /** What a node of each group and their peers answer, one node of both answers too: values, statuses, freshness, positions. */
    @Test
    void anAnswerSaysOfEachGroupWhatItsOwnNodeSays() throws IOException {
        try (TwoGroups groups = new TwoGroups(directory.resolve("two"), Flights.CATALOG)) {
            groups.batch(HISTORY, 1, Flights.B).publish();
            groups.ready();
            try (TestNode both = new TestNode(
                    ServingConfig.builder(List.of(directory.resolve("two/even"), directory.resolve("two/odd")))
                            .rehearsalMs(0)
                            .port(0)
                            .build())) {
                awaitHealth(both, ServingStatus.SERVING);
                groups.stores[1].apply(Flights.flight(Flights.B + 60_000, "JFK", "LAX", 7L));
                groups.stores[0].publish(both.nowMs.get() - 1_000);
                groups.stores[1].publish(both.nowMs.get() - 60_000);
                groups.stores[0].lag("airport_departures", 3);
                groups.stores[1].lag("airport_departures", 5);
                assertSame(both, groups, AllRoutes.fetch());
                FetchResult answer = both.client.fetch(AllRoutes.fetch());
                assertThat(answer.part("airport_departures").consumerLag()).hasValue(5);
                assertThat(answer.positions())
                        .extracting(PositionRange::caughtUpAtMs)
                        .containsExactly(
                                OptionalLong.of(both.nowMs.get() - 1_000), OptionalLong.of(both.nowMs.get() - 60_000));
                assertThat(statuses(answer, PartStatus.STALE))
                        .isPositive(); // of the group that is behind, and no other

                // One after the other commits the next version: until both have, answers are of the one before.
                for (int first = 0; first < 2; first++) {
                    long version = 2L + first;
                    groups.stores[first].batch(HISTORY, version, Flights.B);
                    groups.stores[first].publish(both.nowMs.get());
                    assertVersions(both.client.fetch(AllRoutes.fetch()), version - 1);
                    assertSame(both, groups, AllRoutes.fetch());
                    // Keys of one group alone are of the newest that it has.
                    String ofFirst = airport(shard -> (first(shard) == 0) == (version == 2));
                    FetchResult alone = both.client.fetch(
                            Fetch.groupBy("airport_departures").row(Map.of("origin", ofFirst)));
                    assertVersions(alone, version);
                    assertThat(alone.positions()).hasSize(1);
                    groups.stores[1 - first].batch(HISTORY, version, Flights.B);
                    groups.stores[1 - first].publish(both.nowMs.get());
                    assertVersions(both.client.fetch(AllRoutes.fetch()), version);
                }
                assertSame(both, groups, AllRoutes.of(Fetch.groupBy("route").pinVersion("route", 2)));
                assertSame(both, groups, AllRoutes.of(Fetch.groupBy("route").pinVersion("route", 9)));
            }
        }
    }

    private static int first(int shard) {
        return TwoGroups.EVEN.contains(shard) ? 0 : 1;
    }

    private static void assertVersions(FetchResult answer, long version) {
        assertThat(answer.parts()).allSatisfy(part -> {
            assertThat(part.version()).hasValue(version);
            assertThat(part.batchEndMs()).hasValue(Flights.B);
        });
        assertThat(statuses(answer, PartStatus.FAILED)).isZero();
    }

    private static long statuses(FetchResult answer, PartStatus status) {
        return answer.parts().stream()
                .mapToLong(part -> Stream.iterate(0, row -> row < answer.rowCount(), row -> row + 1)
                        .filter(row -> part.status(row) == status)
                        .count())
                .sum();
    }

    private static void assertSame(TestNode both, TwoGroups groups, Fetch fetch) {
        FetchResult one = both.client.fetch(fetch);
        FetchResult peers = groups.nodes[0].client.fetch(fetch);
        assertThat(one.positions()).isEqualTo(peers.positions());
        for (int row = 0; row < one.rowCount(); row++) {
            assertThat(one.toMap(row)).as("row " + row).isEqualTo(peers.toMap(row));
        }
        for (PartResult part : one.parts()) {
            PartResult other = peers.part(part.name());
            assertThat(part.version()).isEqualTo(other.version());
            assertThat(part.batchEndMs()).isEqualTo(other.batchEndMs());
            assertThat(part.newestEventMs()).isEqualTo(other.newestEventMs());
            assertThat(part.consumerLag()).isEqualTo(other.consumerLag());
            for (int row = 0; row < one.rowCount(); row++) {
                assertThat(part.status(row)).as(part.name() + " row " + row).isEqualTo(other.status(row));
                assertThat(part.failure(row)).isEqualTo(other.failure(row));
            }
        }
    }

    /** Two groups on this host, the third on another: either node answers for all three, at one version. */
    @Test
    void peersAreAskedForWhatIsNotOnTheHostAndAskTheHost() throws IOException {
        FlightStore[] stores = {
            store(0, "0", Flights.CATALOG), store(1, "2,3", Flights.CATALOG), store(2, "1", Flights.CATALOG)
        };
        for (FlightStore store : stores) {
            store.batch(HISTORY, 1, Flights.B).publish(Flights.B + Flights.DAY_MS);
        }
        Path map = directory.resolve("shards.yaml");
        map(map, "127.0.0.1:1", "127.0.0.1:1");
        TestNode host = closing(
                new TestNode(config(0, 1).shardMap(map).shardMapPollMs(10).build()));
        TestNode other =
                closing(new TestNode(config(2).shardMap(map).shardMapPollMs(10).build()));
        map(map, host.address(), other.address());
        awaitHealth(host, ServingStatus.SERVING);
        awaitHealth(other, ServingStatus.SERVING);
        for (TestNode node : List.of(host, other)) {
            Awaitility.await()
                    .atMost(60, TimeUnit.SECONDS)
                    .until(() -> statuses(node.client.fetch(AllRoutes.fetch()), PartStatus.FAILED) == 0);
            FetchValuesTest.compare(node, HISTORY, Flights.B, Fetch.join("flight_context"));
        }
        for (int version = 2; version < 8; version++) {
            for (int i = 0; i < 3; i++) {
                stores[(version + i * (version % 2 == 0 ? 1 : 2)) % 3]
                        .batch(HISTORY, version, Flights.B)
                        .publish(Flights.B + Flights.DAY_MS);
                assertVersions(host.client.fetch(AllRoutes.fetch()), i < 2 ? version - 1 : version);
                assertVersions(other.client.fetch(AllRoutes.fetch()), i < 2 ? version - 1 : version);
            }
        }
        assertThat(other.client.fetch(AllRoutes.fetch()).positions())
                .extracting(PositionRange::shardGroup)
                .containsExactlyInAnyOrder(0, 1, 2);
        assertThat(host.client.fetch(AllRoutes.fetch()).positions())
                .extracting(PositionRange::shardGroup)
                .containsExactlyInAnyOrder(0, 1, 2);
        for (TestNode node : List.of(host, other)) {
            FetchResult missed = node.client.fetch(
                    AllRoutes.fetch().minPosition(1, 1_000_000).deadline(Duration.ofSeconds(2)));
            assertMarked(missed, FailureCode.POSITION_NOT_REACHED, shard -> shard >= 2);
        }
    }

    private static void map(Path file, String host, String other) throws IOException {
        Path aside = file.resolveSibling("shards.yaml.new");
        Files.writeString(aside, """
                shardCount: 4
                groups:
                  - {shardGroup: 0, shards: "0", servingNodes: ["%s"]}
                  - {shardGroup: 1, shards: "2,3", servingNodes: ["%s"]}
                  - {shardGroup: 2, shards: "1", servingNodes: ["%s"]}
                """.formatted(host, host, other));
        Files.move(aside, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    }

    @Test
    void aPositionIsWaitedForWhereItsKeysAre() throws Exception {
        FlightStore[] stores = twoStores();
        TestNode node = node(0, 1);
        FetchResult missed =
                node.client.fetch(AllRoutes.fetch().minPosition(1, 1_000_000).deadline(Duration.ofSeconds(2)));
        assertMarked(missed, FailureCode.POSITION_NOT_REACHED, TwoGroups.ODD::contains);
        assertThat(missed.part("route").version()).hasValue(1);

        // Keys of the other group wait for nothing, however far behind this one is.
        Fetch even = Fetch.groupBy("airport_departures")
                .row(Map.of("origin", airport(TwoGroups.EVEN::contains)))
                .minPosition(1, 1_000_000)
                .deadline(Duration.ofSeconds(60));
        assertThat(node.client.fetch(even).isComplete(0)).isTrue();

        CompletableFuture<FetchResult> waiting = node.client.fetchAsync(
                AllRoutes.fetch().minPosition(0, 64).minPosition(1, 128).deadline(Duration.ofSeconds(60)));
        assertThat(node.client.fetch(AllRoutes.fetch()).positions())
                .extracting(PositionRange::toPosition)
                .containsExactly(64L, 64L);
        assertThat(waiting).isNotDone();
        assertThat(stores[1].publish(node.nowMs.get())).isEqualTo(128);
        assertThat(waiting.get(20, TimeUnit.SECONDS).positions())
                .extracting(PositionRange::toPosition)
                .containsExactly(64L, 128L);
    }

    /** A store that is not there yet, or whose files are gone, costs the keys of its shards; when it is there all is as before. */
    @Test
    void keysOfAStoreThatIsNotThereAreMarkedAndNoOthers() throws Exception {
        FlightStore even = store(0, "0,2", Flights.CATALOG).batch(HISTORY, 1, Flights.B);
        even.publish(Flights.B + Flights.DAY_MS);
        TestNode node =
                closing(new TestNode(config(0, 1).rehearsalMs(500).build())).mapped();
        assertMarked(node.client.fetch(AllRoutes.fetch()), FailureCode.SHARD_UNREACHABLE, TwoGroups.ODD::contains);
        assertThat(health(node)).isEqualTo(ServingStatus.NOT_SERVING);
        assertThat(node.node.rehearsedFetches()).isZero();

        FlightStore odd = store(1, "1,3", Flights.CATALOG).batch(HISTORY, 1, Flights.B);
        odd.publish(Flights.B + Flights.DAY_MS);
        awaitHealth(node, ServingStatus.SERVING);
        assertThat(node.node.rehearsedFetches()).isPositive();
        FetchResult whole = node.client.fetch(AllRoutes.fetch());
        assertVersions(whole, 1);

        // The next writer's live files are gone when it publishes.
        odd.close();
        FlightStore broken = new FlightStore(path(1), 1, TwoGroups.ODD).activate(Flights.CATALOG);
        broken.store().commit(Flights.ROUTE.id(), 1, Flights.B);
        delete(path(1).resolve("live"));
        broken.store().publish(128, Flights.B + Flights.DAY_MS);
        awaitHealth(node, ServingStatus.NOT_SERVING);
        FetchResult marked = node.client.fetch(AllRoutes.fetch());
        assertMarked(marked, FailureCode.SHARD_UNREACHABLE, TwoGroups.ODD::contains);
        assertThat(marked.positions()).extracting(PositionRange::shardGroup).containsExactly(0);
        even.apply(Flights.flight(Flights.B + 60_000, airport(TwoGroups.EVEN::contains), "LAX", 7L));
        assertThat(even.publish(node.nowMs.get())).isEqualTo(128); // the other store goes on
        assertThat(node.client.fetch(AllRoutes.fetch()).positions().get(0).toPosition())
                .isEqualTo(128);
        broken.close();

        FlightStore again = closing(new FlightStore(path(1), 1, TwoGroups.ODD)).activate(Flights.CATALOG);
        again.batch(HISTORY, 2, Flights.B);
        again.store().heartbeat(node.nowMs.get());
        again.store().publish(192, node.nowMs.get());
        even.batch(HISTORY, 2, Flights.B).publish(node.nowMs.get());
        awaitHealth(node, ServingStatus.SERVING);
        assertVersions(node.client.fetch(AllRoutes.fetch()), 2);
    }

    /** A directory is emptied and its store made anew, by another disk's ingest node: what was mapped answers until the new one publishes. */
    @Test
    void aStoreThatIsMadeAnewIsReadOnceItPublishes() throws Exception {
        FlightStore[] stores = twoStores();
        TestNode node = node(0, 1);
        stores[1].close();
        delete(path(1));
        FlightStore anew = store(1, "1,3", Flights.CATALOG);
        for (int i = 0; i < 10; i++) {
            assertVersions(node.client.fetch(AllRoutes.fetch()), 1);
            Thread.sleep(20);
        }
        List<ModelEvent> more = new ArrayList<>(HISTORY);
        more.addAll(Flights.random(new SplittableRandom(3), 200, FROM_MS, Flights.B));
        more.sort(Comparator.comparingLong(ModelEvent::timeMs));
        stores[0].batch(more, 2, Flights.B).publish(node.nowMs.get());
        anew.batch(more, 2, Flights.B).publish(node.nowMs.get());
        Awaitility.await()
                .atMost(60, TimeUnit.SECONDS)
                .untilAsserted(() -> assertVersions(node.client.fetch(AllRoutes.fetch()), 2));
        FetchValuesTest.compare(node, more, Flights.B, Fetch.join("flight_context"));
        assertThat(health(node)).isEqualTo(ServingStatus.SERVING);
        assertThat(anew.publish(node.nowMs.get())).isEqualTo(128);
        assertThat(node.client.fetch(AllRoutes.fetch()).positions().get(1).toPosition())
                .isEqualTo(128);
    }

    private static void delete(Path tree) throws IOException {
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Both groups commit and publish without a pause, one after the other: each answer is whole and of one version, none goes back, and nothing stays mapped. */
    @Test
    void fetchesGoOnWhileBothGroupsCommit() throws Exception {
        List<String> mappedBefore = Mappings.open();
        FlightStore[] stores = twoStores();
        TestNode node = node(0, 1);
        CompletableFuture<Long> fetched = CompletableFuture.supplyAsync(() -> {
            long[] lastTo = new long[2];
            long lastVersion = 0;
            for (int i = 0; i < 300; i++) {
                FetchResult answer = node.client.fetch(AllRoutes.fetch());
                assertThat(statuses(answer, PartStatus.FAILED)).isZero();
                for (PartResult part : answer.parts()) {
                    assertThat(part.version().orElse(0)).isGreaterThanOrEqualTo(lastVersion);
                }
                lastVersion = answer.part("route").version().orElse(0);
                for (PositionRange range : answer.positions()) {
                    assertThat(range.toPosition()).isGreaterThanOrEqualTo(lastTo[range.shardGroup()]);
                    lastTo[range.shardGroup()] = range.toPosition();
                }
            }
            return lastVersion;
        });
        long version = 1;
        while (!fetched.isDone()) {
            version++;
            for (FlightStore store : stores) {
                store.apply(Flights.flight(Flights.B + version % 1_000 * 60_000, "JFK", "LAX", version));
                store.batch(HISTORY, version, Flights.B).publish(node.nowMs.get());
            }
        }
        assertThat(fetched.get()).isGreaterThan(2);
        close();
        opened.clear();
        assertThat(Mappings.open()).isEqualTo(mappedBefore);
    }

    /** Groups may be at different places of their definitions: a GroupBy that one of them does not have yet costs that group's keys of it. */
    @Test
    void aGroupByThatOneGroupDoesNotHaveMarksItsKeysAlone() throws IOException {
        Catalog former =
                new Catalog(List.of(Flights.DEPARTURES, Flights.ARRIVALS, Flights.DAILY), List.of(), List.of());
        FlightStore even = store(0, "0,2", Flights.CATALOG).batch(HISTORY, 1, Flights.B);
        FlightStore odd = store(1, "1,3", former).batch(HISTORY, 1, Flights.B);
        even.publish(Flights.B + Flights.DAY_MS);
        odd.publish(Flights.B + Flights.DAY_MS);
        TestNode node = node(0, 1);
        FetchResult answer = node.client.fetch(AllRoutes.fetch());
        assertMarked(
                answer,
                FailureCode.NO_BATCH,
                TwoGroups.ODD::contains,
                part -> part.name().equals("route"));
        assertThat(answer.part("route").version()).hasValue(1);
        odd.activate(Flights.CATALOG).batch(Flights.ROUTE, HISTORY, 1, Flights.B);
        odd.publish(Flights.B + Flights.DAY_MS);
        assertVersions(node.client.fetch(AllRoutes.fetch()), 1);
    }

    /** A segment whose bytes are damaged fails the keys that it holds. */
    @Test
    void damageInOneStoreMarksItsKeysAlone() throws IOException {
        FlightStore[] stores = twoStores();
        for (int shard : TwoGroups.ODD.list()) {
            Path segment = path(1).resolve("base")
                    .resolve(Flights.ROUTE.id().hex())
                    .resolve("1")
                    .resolve("shard-000" + shard + ".seg");
            byte[] bytes = Files.readAllBytes(segment);
            java.util.Arrays.fill(bytes, 256, bytes.length - 64, (byte) 0x7f);
            try (var file = java.nio.channels.FileChannel.open(segment, java.nio.file.StandardOpenOption.WRITE)) {
                file.write(java.nio.ByteBuffer.wrap(bytes)); // in place: it is mapped
            }
        }
        TestNode node = node(0, 1);
        FetchResult answer = node.client.fetch(AllRoutes.fetch());
        int failed = 0;
        for (PartResult part : answer.parts()) {
            for (int row = 0; row < answer.rowCount(); row++) {
                boolean damaged = part.name().equals("route") && TwoGroups.ODD.contains(AllRoutes.shard("route", row));
                if (damaged) {
                    failed += part.failure(row) == FailureCode.CORRUPT ? 1 : 0;
                } else {
                    assertThat(part.status(row)).isIn(PartStatus.COMPLETE, PartStatus.NOT_FOUND);
                }
            }
        }
        assertThat(failed).isPositive();
        assertThat(stores).hasSize(2);
    }

    @Test
    void anExplanationNamesTheGroup() throws IOException {
        twoStores();
        TestNode node = node(0, 1);
        for (int i = 0; i < Flights.AIRPORTS.size() - 1; i++) {
            ExplainResponse explained = node.client.explain(Fetch.join("flight_context")
                    .row(Map.of("origin", Flights.AIRPORTS.get(i), "destination", Flights.AIRPORTS.get(i + 1)))
                    .asOf(Flights.B));
            for (PartExplanation part : explained.getPartsList()) {
                assertThat(part.getShardGroup()).isEqualTo(first(part.getShard()));
                assertThat(part.getRead()).isIn("FOUND", "NOT_FOUND");
            }
        }
    }

    @Test
    void storesThatOneNodeCannotServeAreRefused() throws IOException {
        store(0, "0,2", Flights.CATALOG);
        store(1, "1,2", Flights.CATALOG);
        assertThatThrownBy(() -> ServingNode.start(config(0, 1).build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("serving.storeDirs")
                .hasMessageContaining(path(0) + " (shard group 0, shards 0,2 of 4)")
                .hasMessageContaining(path(1) + " (shard group 1, shards 1-2 of 4)")
                .hasMessageContaining("both own 2");
        closing(new FlightStore(directory.resolve("group-2"), 0, TwoGroups.EVEN));
        assertThatThrownBy(() -> ServingNode.start(config(0, 2).build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("are of one shard group");
        closing(io.tilefold.store.TileStore.open(path(3), 3, ShardSet.parse("7", 8)));
        assertThatThrownBy(() -> ServingNode.start(config(0, 3).build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("one shardCount");
    }

    /** A store that comes later and does not go with the others is not served, and the node not ready. */
    @Test
    void aStoreThatComesAndDoesNotFitIsLeftOut() throws Exception {
        FlightStore even = store(0, "0,2", Flights.CATALOG).batch(HISTORY, 1, Flights.B);
        even.publish(Flights.B + Flights.DAY_MS);
        TestNode node = closing(new TestNode(config(0, 1).build())).mapped();
        FlightStore wrong = new FlightStore(path(1), 1, ShardSet.parse("0-3", FlightStore.SHARDS));
        wrong.activate(Flights.CATALOG).batch(HISTORY, 1, Flights.B).publish(Flights.B + Flights.DAY_MS);
        for (int i = 0; i < 10; i++) {
            assertMarked(node.client.fetch(AllRoutes.fetch()), FailureCode.SHARD_UNREACHABLE, TwoGroups.ODD::contains);
            assertThat(health(node)).isEqualTo(ServingStatus.NOT_SERVING);
            Thread.sleep(20);
        }
        wrong.close();
        delete(path(1));
        FlightStore odd = store(1, "1,3", Flights.CATALOG).batch(HISTORY, 1, Flights.B);
        odd.publish(Flights.B + Flights.DAY_MS);
        awaitHealth(node, ServingStatus.SERVING);
        assertVersions(node.client.fetch(AllRoutes.fetch()), 1);
    }

    private static void assertMarked(FetchResult answer, FailureCode code, Predicate<Integer> shards) {
        assertMarked(answer, code, shards, part -> true);
    }

    /** Keys of these shards failed so in these parts, and no others. */
    private static void assertMarked(
            FetchResult answer, FailureCode code, Predicate<Integer> shards, Predicate<PartResult> parts) {
        int marked = 0;
        for (PartResult part : answer.parts()) {
            for (int row = 0; row < answer.rowCount(); row++) {
                if (parts.test(part) && shards.test(AllRoutes.shard(part.name(), row))) {
                    assertThat(part.failure(row))
                            .as("row " + row + " of " + part.name())
                            .isEqualTo(code);
                    marked++;
                } else {
                    assertThat(part.status(row))
                            .as("row " + row + " of " + part.name())
                            .isIn(PartStatus.COMPLETE, PartStatus.NOT_FOUND);
                }
            }
        }
        assertThat(marked).isPositive().isLessThan(answer.parts().size() * answer.rowCount());
    }

    /** An airport whose key lies on one of these shards. */
    private static String airport(Predicate<Integer> shards) {
        return Flights.AIRPORTS.stream()
                .filter(name -> shards.test(
                        KeyHash.shard(new KeyEncoder().reset().putString(name).hash(), FlightStore.SHARDS)))
                .findFirst()
                .orElseThrow();
    }
}
