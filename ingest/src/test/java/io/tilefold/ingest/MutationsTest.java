package io.tilefold.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.ingest.Orders.Order;
import io.tilefold.ingest.StoreValues.Folded;
import io.tilefold.proto.admin.v1.GroupByStatus;
import io.tilefold.proto.admin.v1.TakeSnapshotRequest;
import io.tilefold.store.ReadResult;
import io.tilefold.testsupport.Seeds;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mutations of a table from a real broker to what a reader of the store folds, beside the table itself. */
class MutationsTest {
    private static final long B = Flights.FEBRUARY_MS;
    private static final long HOUR_MS = 3_600_000;

    private final TestBroker broker = TestBroker.shared();

    @TempDir
    private Path directory;

    private String topic;
    private CompiledGroupBy byRider;
    private CompiledGroupBy ever;
    private OrdersTable table;

    @BeforeEach
    void define() {
        topic = "orders-" + UUID.randomUUID();
        byRider = Orders.byRider(topic);
        ever = Orders.everByRider(topic);
        table = new OrdersTable(broker, topic);
    }

    @Test
    void valuesAreThoseOfTheTable() {
        Seeds.one(random -> {
            try (TestNode node = new TestNode(directory)) {
                Object unused = node.apply(Flights.catalog(byRider));
                table.fill(random);
                long version = upload(node, byRider, B);
                assertThat(version).isPositive();
                table.check(node.storeDir(), byRider, B);

                table.mutate(random, 400, B, B + Flights.DAY_MS);
                awaitAll(node);
                table.check(node.storeDir(), byRider, B + Flights.DAY_MS);
                long applied = node.status("orders_by_rider").getEventsApplied();
                assertThat(applied).isBetween(200L, 800L);

                table.mutate(random, 200, B + Flights.DAY_MS, B + Flights.DAY_MS + 12 * HOUR_MS);
                node.restart(); // with those mutations anywhere on their way
                table.mutate(random, 200, B + Flights.DAY_MS + 12 * HOUR_MS, B + 2 * Flights.DAY_MS);
                awaitAll(node);
                table.check(node.storeDir(), byRider, B + 2 * Flights.DAY_MS);
                GroupByStatus before = node.status("orders_by_rider");
                List<Folded> folded = folds(node, B + 2 * Flights.DAY_MS);

                node.restart(); // all of the log is replayed
                awaitAll(node);
                assertThat(folds(node, B + 2 * Flights.DAY_MS)).isEqualTo(folded);
                unused = node.admin().takeSnapshot(TakeSnapshotRequest.getDefaultInstance());
                node.restart(); // from the snapshot
                awaitAll(node);
                assertThat(folds(node, B + 2 * Flights.DAY_MS)).isEqualTo(folded);
                assertThat(node.status("orders_by_rider").getEventsApplied()).isEqualTo(before.getEventsApplied());
                assertThat(node.status("orders_by_rider").getEventsNullKey())
                        .isEqualTo(before.getEventsNullKey())
                        .isPositive();
                assertThat(node.status("orders_by_rider").getNewestEventMs())
                        .isEqualTo(before.getNewestEventMs())
                        .isBetween(B + Flights.DAY_MS, B + 2 * Flights.DAY_MS);

                long later = upload(node, byRider, B + 2 * Flights.DAY_MS);
                assertThat(later).isGreaterThan(version);
                table.check(node.storeDir(), byRider, B + 2 * Flights.DAY_MS);
                table.mutate(random, 200, B + 2 * Flights.DAY_MS, B + 3 * Flights.DAY_MS);
                awaitAll(node);
                table.check(node.storeDir(), byRider, B + 3 * Flights.DAY_MS);
            }
        });
    }

    /** What has been sent before a GroupBy came is of its values, each mutation once. */
    @Test
    void aGroupByThatIsAddedLaterCatchesUp() {
        Seeds.one(random -> {
            try (TestNode node = new TestNode(directory)) {
                Object unused = node.apply(Flights.catalog(byRider));
                long version = upload(node, byRider, B);
                table.mutate(random, 300, B, B + Flights.DAY_MS);
                awaitAll(node);
                unused = node.apply(Flights.catalog(byRider, ever));
                table.mutate(random, 100, B + Flights.DAY_MS, B + Flights.DAY_MS + HOUR_MS);
                awaitAll(node);
                assertThat(node.status("orders_ever").getCatchingUp()).isTrue();
                assertThat(TestUploads.upload(node.channel(), ever, B, Map.of(), directory))
                        .isGreaterThan(version);
                table.mutate(random, 100, B + Flights.DAY_MS + HOUR_MS, B + Flights.DAY_MS + 2 * HOUR_MS);
                awaitAll(node);
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> !node.status("orders_ever").getCatchingUp());
                long q = B + Flights.DAY_MS + 2 * HOUR_MS;
                table.check(node.storeDir(), byRider, q);
                for (String rider : OrdersTable.RIDERS) {
                    assertThat(OrdersTable.values(StoreValues.fold(node.storeDir(), ever, q, rider), 1))
                            .isEqualTo(List.of(
                                    table.expected(rider, q).subList(1, 2).toArray()));
                }
            }
        });
    }

    @Test
    void aMutationWithoutItsRowBeforeMakesItsKeyStaleUntilABatchHasIt() throws Exception {
        Order one = new Order(1, "r1", 5, "open", B - HOUR_MS);
        Order changed = new Order(1, "r1", 7, "open", B - HOUR_MS);
        Order other = new Order(2, "r2", 3, "open", B - HOUR_MS);
        long q = B + HOUR_MS;
        table.put(one);
        table.put(other);
        try (TestNode node = new TestNode(directory)) {
            Object unused = node.apply(Flights.catalog(byRider));
            long version = upload(node, byRider, B);
            table.send(1, Orders.envelope(null, one, B - 1)); // late: the base has it
            table.send(1, Orders.envelope("u", null, changed.json(), B + 5));
            table.send(1, "no JSON");
            table.send(1, null);
            table.send(1, Orders.envelope("r", null, changed.json(), B + 6));
            table.send(1, Orders.envelope(other, new Order(2, "r2", 4, "open", B - HOUR_MS), B + 7));
            table.send(1, Orders.envelope("t", null, null, B + 8));
            table.send(1, Orders.envelope(other, other, B + 9));
            awaitAll(node);

            assertThat(fold(node, q, "r1").result()).isEqualTo(ReadResult.KEY_STALE);
            assertThat(fold(node, q, "r1").values()).containsExactly(1L, 5L, 1L, 5L);
            assertThat(fold(node, q, "r2")).isEqualTo(new Folded(ReadResult.FOUND, false, List.of(1L, 4L, 1L, 4L)));
            assertThat(fold(node, B + 6, "r2").isOpen())
                    .as("a mutation at or after q counts")
                    .isTrue();
            GroupByStatus status = node.status("orders_by_rider");
            assertThat(status.getEventsApplied())
                    .as("the update of r2, and that r1 is stale")
                    .isEqualTo(2);
            assertThat(status.getEventsLate()).isEqualTo(1);
            assertThat(status.getNewestEventMs()).isEqualTo(B + 7);
            assertThat(node.status().getTopicsList().stream()
                            .mapToLong(position -> position.getDeadLettered())
                            .sum())
                    .isEqualTo(3);

            node.restart();
            awaitAll(node);
            assertThat(fold(node, q, "r1").result()).isEqualTo(ReadResult.KEY_STALE);
            table.put(changed);
            table.put(new Order(2, "r2", 4, "open", B - HOUR_MS));
            assertThat(upload(node, byRider, B + Flights.DAY_MS)).isGreaterThan(version);
            assertThat(fold(node, B + Flights.DAY_MS, "r1").result()).isEqualTo(ReadResult.FOUND);
            table.check(node.storeDir(), byRider, B + Flights.DAY_MS);
        }
    }

    private Folded fold(TestNode node, long q, String rider) {
        return StoreValues.fold(node.storeDir(), byRider, q, rider);
    }

    private List<Folded> folds(TestNode node, long q) {
        return OrdersTable.RIDERS.stream().map(rider -> fold(node, q, rider)).toList();
    }

    private long upload(TestNode node, CompiledGroupBy groupBy, long batchEndMs) throws Exception {
        return TestUploads.upload(node.channel(), groupBy, batchEndMs, table.rows(), directory);
    }

    private void awaitAll(TestNode node) {
        for (int partition = 0; partition < OrdersTable.PARTITIONS; partition++) {
            long unused = node.await(topic, partition, table.sent(partition));
        }
    }
}
