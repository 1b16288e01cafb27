package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.client.FailureCode;
import io.tilefold.client.FeatureClient;
import io.tilefold.client.Fetch;
import io.tilefold.client.FetchResult;
import io.tilefold.client.PartResult;
import io.tilefold.client.PartStatus;
import io.tilefold.client.PositionRange;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.key.KeyHash;
import io.tilefold.proto.serving.v1.ExplainResponse;
import io.tilefold.proto.serving.v1.PartExplanation;
import io.tilefold.testsupport.ModelEvent;
import io.tilefold.testsupport.Seeds;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two shard groups on two nodes: a join whose parts lie on both is answered by either of them. */
class PeerFetchTest {
    private static final long FROM_MS = Flights.B - 40 * Flights.DAY_MS;
    private static final long TO_MS = Flights.B + 3 * Flights.DAY_MS;

    @TempDir
    private Path directory;

    /** Every value of every part, whichever node is asked, at many moments: the slow model's. */
    @Test
    void eitherNodeAnswersWhatTheSlowModelSays() {
        int[] run = {0};
        Seeds.forEach(1, random -> replay(random, directory.resolve("run" + run[0]++)));
    }

    private static void replay(SplittableRandom random, Path directory) throws Exception {
        List<ModelEvent> events = Flights.random(random, 800, FROM_MS, TO_MS);
        try (TwoGroups groups = new TwoGroups(directory, Flights.CATALOG)) {
            groups.batch(events, 1, Flights.B).publish();
            groups.ready();
            int applied = (int)
                    events.stream().filter(event -> event.timeMs() < Flights.B).count();
            int present = 0;
            for (long q : FetchValuesTest.moments(random, events)) {
                int until = applied;
                while (until < events.size() && events.get(until).timeMs() < q) {
                    until++;
                }
                groups.apply(events.subList(applied, until));
                applied = until;
                long position = groups.publish();
                TestNode node = groups.nodes[random.nextInt(2)];
                present += FetchValuesTest.compare(
                        node,
                        events,
                        q,
                        Fetch.join("flight_context").minPosition(0, position).minPosition(1, position));
            }
            assertThat(present).as("cells that are not null").isGreaterThan(10_000);
        }
    }

    @Test
    void anAnswerNamesThePositionsOfAllGroupsThatGaveIt() throws IOException {
        try (TwoGroups groups = flights()) {
            FetchResult answer = groups.nodes[0].client.fetch(AllRoutes.fetch());

            assertThat(answer.positions()).extracting(PositionRange::shardGroup).containsExactly(0, 1);
            assertThat(answer.parts()).allSatisfy(part -> {
                assertThat(part.version()).hasValue(1);
                assertThat(part.batchEndMs()).hasValue(Flights.B);
                assertThat(part.consumerLag()).isEmpty();
            });
            assertThat(answer.positions())
                    .allSatisfy(position -> assertThat(position.heartbeatMs()).hasValue(groups.nodes[0].nowMs.get()));
            groups.stores[0].lag("airport_departures", 3);
            groups.stores[1].lag("airport_departures", 5);
            for (TestNode node : groups.nodes) {
                assertThat(node.client.fetch(AllRoutes.fetch()).parts())
                        .filteredOn(part -> part.groupBy().equals("airport_departures"))
                        .isNotEmpty()
                        .allSatisfy(part -> assertThat(part.consumerLag()).hasValue(5));
            }
            FetchResult one = groups.nodes[0].client.fetch(Fetch.groupBy("airport_departures")
                    .row(Map.of("origin", airport(TwoGroups.ODD.contains(0) ? 0 : 1))));
            assertThat(one.isComplete(0)).isTrue();
        }
    }

    /** One group has committed the next version, the other has not: answers are of the version that both have, from either node. */
    @Test
    void oneVersionInOneAnswerWhileGroupsCommit() throws IOException {
        try (TwoGroups groups = flights()) {
            List<ModelEvent> more = new ArrayList<>(events());
            more.addAll(Flights.random(new SplittableRandom(3), 50, Flights.B, Flights.B + Flights.DAY_MS));
            FetchResult before = groups.nodes[0].client.fetch(AllRoutes.fetch());
            for (int first = 0; first < 2; first++) {
                long version = 2L + first;
                groups.stores[first].batch(more, version, Flights.B + first * Flights.DAY_MS);
                groups.stores[first].publish(groups.nodes[first].nowMs.get());
                for (TestNode node : groups.nodes) {
                    FetchResult between = node.client.fetch(AllRoutes.fetch());
                    assertThat(between.parts())
                            .allSatisfy(part -> assertThat(part.version()).hasValue(version - 1));
                    for (int row = 0; first == 0 && row < before.rowCount(); row++) {
                        assertThat(between.toMap(row)).isEqualTo(before.toMap(row));
                    }
                    assertAllAnswered(between);
                }
                groups.stores[1 - first].batch(more, version, Flights.B + first * Flights.DAY_MS);
                groups.stores[1 - first].publish(groups.nodes[1 - first].nowMs.get());
                for (TestNode node : groups.nodes) {
                    assertThat(node.client.fetch(AllRoutes.fetch()).parts())
                            .allSatisfy(part -> assertThat(part.version()).hasValue(version));
                }
            }
        }
    }

    /** The node that holds no part of a key explains it as the one that does. */
    @Test
    void anExplanationTakesPartsOfTheOtherGroupApartToo() throws IOException {
        try (TwoGroups groups = flights()) {
            groups.stores[0].apply(Flights.flight(Flights.B + 60_000, airport(0), airport(1), 7L));
            groups.stores[1].apply(Flights.flight(Flights.B + 60_000, airport(0), airport(1), 7L));
            for (int group = 0; group < 2; group++) {
                groups.stores[group].publish(groups.nodes[group].nowMs.get());
            }
            int elsewhere = 0;
            for (int i = 0; i < 4; i++) {
                Fetch fetch = Fetch.join("flight_context")
                        .row(Map.of("origin", airport(i), "destination", airport(i + 1)))
                        .asOf(Flights.B + Flights.HOUR_MS);
                ExplainResponse[] explained = {
                    groups.nodes[0].client.explain(fetch), groups.nodes[1].client.explain(fetch)
                };
                assertThat(explained[0].getAnswer().getColumnsList())
                        .isEqualTo(explained[1].getAnswer().getColumnsList());
                for (int part = 0; part < explained[0].getPartsCount(); part++) {
                    PartExplanation first = explained[0].getParts(part);
                    PartExplanation second = explained[1].getParts(part);
                    // Each key is one group's: to the other's node it is elsewhere.
                    assertThat(first.hasShardGroup()).isNotEqualTo(second.hasShardGroup());
                    assertThat(first.hasShardGroup() ? first.getShardGroup() : second.getShardGroup())
                            .isEqualTo(first.hasShardGroup() ? 1 : 0);
                    assertThat(first.toBuilder().clearShardGroup().clearNanos().build())
                            .isEqualTo(second.toBuilder()
                                    .clearShardGroup()
                                    .clearNanos()
                                    .build());
                    elsewhere += first.hasShardGroup() && first.getWindowsCount() > 0 ? 1 : 0;
                }
            }
            assertThat(elsewhere).isPositive();
            // A group that is gone: its part says whose key it is, and nothing else.
            groups.nodes[1].node.close();
            ExplainResponse alone = groups.nodes[0].client.explain(Fetch.join("flight_context")
                    .row(Map.of("origin", airport(0), "destination", airport(1)))
                    .asOf(Flights.B + Flights.HOUR_MS));
            assertThat(alone.getPartsList())
                    .anySatisfy(part -> assertThat(part.getWindowsList()).isNotEmpty());
            assertThat(alone.getPartsList())
                    .filteredOn(PartExplanation::hasShardGroup)
                    .isNotEmpty()
                    .allSatisfy(part -> {
                        assertThat(part.getShardGroup()).isEqualTo(1);
                        assertThat(part.getKey().isEmpty()).isFalse();
                        assertThat(part.getRead()).isEmpty();
                    });
        }
    }

    /** More rows than fit an event loop's share, of which many are of one key. */
    @Test
    void manyRowsAreAnsweredByBoth() throws IOException {
        try (TwoGroups groups = flights()) {
            FetchResult once = groups.nodes[0].client.fetch(AllRoutes.fetch());
            Fetch many = Fetch.join("flight_context");
            for (int i = 0; i < 20; i++) {
                AllRoutes.of(many);
            }
            for (TestNode node : groups.nodes) {
                FetchResult answer = node.client.fetch(many);
                assertAllAnswered(answer);
                for (int row = 0; row < answer.rowCount(); row++) {
                    assertThat(answer.toMap(row)).isEqualTo(once.toMap(row % once.rowCount()));
                }
            }
        }
    }

    /** A client that was given one node's address sends keys of the other's shards to that one, and hears of a changed map in an answer. */
    @Test
    void aClientGoesToTheNodeThatHoldsItsKeys() throws IOException {
        try (TwoGroups groups = flights();
                FeatureClient client = FeatureClient.connect(groups.nodes[0].address())) {
            for (String airport : Flights.AIRPORTS) {
                Fetch fetch = Fetch.groupBy("airport_departures").row(Map.of("origin", airport));
                int group = TwoGroups.ODD.contains(AllRoutes.shard("airport_departures", rowOf(airport))) ? 1 : 0;
                Awaitility.await()
                        .atMost(20, TimeUnit.SECONDS)
                        .untilAsserted(() -> assertThat(client.fetch(fetch).positions())
                                .extracting(PositionRange::shardGroup)
                                .containsExactly(group));
            }
            groups.map(groups.nodes[0].address(), "127.0.0.1:1");
            Awaitility.await().atMost(20, TimeUnit.SECONDS).untilAsserted(() -> {
                FetchResult answer = client.fetch(AllRoutes.fetch());
                assertThat(answer.positions())
                        .extracting(PositionRange::shardGroup)
                        .containsExactly(0);
            });
        }
    }

    private static int rowOf(String origin) {
        return Flights.AIRPORTS.indexOf(origin) * Flights.AIRPORTS.size();
    }

    @Test
    void aPinnedVersionIsAskedOfAllGroups() throws IOException {
        try (TwoGroups groups = flights()) {
            groups.batch(events(), 2, Flights.B).publish();
            for (TestNode node : groups.nodes) {
                Fetch former = Fetch.groupBy("route").pinVersion("route", 1);
                FetchResult answer = node.client.fetch(AllRoutes.of(former));
                assertThat(answer.part("route").version()).hasValue(1);
                assertAllAnswered(answer);
                FetchResult gone =
                        node.client.fetch(AllRoutes.of(Fetch.groupBy("route").pinVersion("route", 9)));
                for (int row = 0; row < gone.rowCount(); row++) {
                    assertThat(gone.part("route").failure(row)).isEqualTo(FailureCode.VERSION_GONE);
                }
            }
        }
    }

    /** The other group's node is gone: its keys are marked, all others are as before; back again, all are whole. */
    @Test
    void keysOfAGroupThatIsGoneAreMarkedAndNothingElseChanges() throws IOException {
        try (TwoGroups groups = flights()) {
            FetchResult whole = groups.nodes[0].client.fetch(AllRoutes.fetch());
            assertAllAnswered(whole);
            int port = groups.nodes[1].node.port();
            groups.nodes[1].close();

            for (int i = 0; i < 3; i++) {
                assertMarked(whole, groups.nodes[0].client.fetch(AllRoutes.fetch()), FailureCode.SHARD_UNREACHABLE);
            }
            groups.nodes[1] = new TestNode(TestNode.config(directory.resolve("groups/odd"))
                    .port(port)
                    .shardMap(groups.mapFile)
                    .build());
            Awaitility.await().atMost(20, TimeUnit.SECONDS).untilAsserted(() -> {
                FetchResult again = groups.nodes[0].client.fetch(AllRoutes.fetch());
                assertAllAnswered(again);
                for (int row = 0; row < whole.rowCount(); row++) {
                    assertThat(again.toMap(row)).isEqualTo(whole.toMap(row));
                }
            });
        }
    }

    /** A map may change while the node runs; one that cannot be used changes nothing. */
    @Test
    void theMapIsFollowed() throws IOException {
        try (TwoGroups groups = flights()) {
            FetchResult whole = groups.nodes[0].client.fetch(AllRoutes.fetch());
            groups.replaceMap("shardCount: 4\ngroups: [{shardGroup: 0, shards: all}]\n");
            Awaitility.await().until(() -> groups.nodes[0].node.rejectedShardMaps() == 1);
            assertAllAnswered(groups.nodes[0].client.fetch(AllRoutes.fetch()));

            groups.map(groups.nodes[0].address(), "127.0.0.1:1");
            Awaitility.await()
                    .atMost(20, TimeUnit.SECONDS)
                    .untilAsserted(() -> assertMarked(
                            whole, groups.nodes[0].client.fetch(AllRoutes.fetch()), FailureCode.SHARD_UNREACHABLE));
            groups.map(groups.nodes[0].address(), groups.nodes[1].address());
            Awaitility.await()
                    .atMost(20, TimeUnit.SECONDS)
                    .untilAsserted(() -> assertAllAnswered(groups.nodes[0].client.fetch(AllRoutes.fetch())));
            assertThat(groups.nodes[0].node.rejectedShardMaps()).isEqualTo(1);
        }
    }

    /** A position that the other group has not reached is waited for there, and missed there. */
    @Test
    void aMinimumPositionIsTheOtherGroupsToo() throws IOException {
        try (TwoGroups groups = flights()) {
            FetchResult whole = groups.nodes[0].client.fetch(AllRoutes.fetch());
            FetchResult missed = groups.nodes[0].client.fetch(
                    AllRoutes.fetch().minPosition(1, 1_000_000).deadline(Duration.ofSeconds(2)));

            assertMarked(whole, missed, FailureCode.POSITION_NOT_REACHED);
        }
    }

    private static void assertAllAnswered(FetchResult answer) {
        for (PartResult part : answer.parts()) {
            for (int row = 0; row < answer.rowCount(); row++) {
                assertThat(part.status(row))
                        .as("row " + row + " of " + part.name())
                        .isIn(PartStatus.COMPLETE, PartStatus.NOT_FOUND);
            }
        }
    }

    /** Parts whose key lies on an odd shard failed so; everything else is as it was. */
    private static void assertMarked(FetchResult before, FetchResult now, FailureCode code) {
        int marked = 0;
        for (PartResult part : now.parts()) {
            for (int row = 0; row < now.rowCount(); row++) {
                boolean odd = TwoGroups.ODD.contains(AllRoutes.shard(part.name(), row));
                if (odd) {
                    assertThat(part.failure(row))
                            .as("row " + row + " of " + part.name())
                            .isEqualTo(code);
                    marked++;
                } else {
                    assertThat(part.status(row))
                            .isEqualTo(before.part(part.name()).status(row));
                }
                for (String column : now.columnNames()) {
                    if (column.startsWith(part.name() + "_")) {
                        assertThat(now.get(row, column)).isEqualTo(odd ? null : before.get(row, column));
                    }
                }
            }
        }
        assertThat(marked).isPositive().isLessThan(now.parts().size() * now.rowCount());
    }

    private static String airport(int shard) {
        return Flights.AIRPORTS.stream()
                .filter(name ->
                        KeyHash.shard(new KeyEncoder().reset().putString(name).hash(), FlightStore.SHARDS) == shard)
                .findFirst()
                .orElse("JFK");
    }

    private TwoGroups flights() throws IOException {
        TwoGroups groups = new TwoGroups(directory.resolve("groups"), Flights.CATALOG);
        groups.batch(events(), 1, Flights.B).publish();
        return groups.ready();
    }

    private static List<ModelEvent> events() {
        return Flights.random(new SplittableRandom(7), 400, FROM_MS, Flights.B);
    }
}
