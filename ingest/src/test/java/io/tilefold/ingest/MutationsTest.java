package io.tilefold.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.ingest.Orders.Order;
import io.tilefold.ingest.StoreValues.Folded;
import io.tilefold.ingest.TestSegments.BaseRow;
import io.tilefold.proto.admin.v1.GroupByStatus;
import io.tilefold.proto.admin.v1.TakeSnapshotRequest;
import io.tilefold.store.ReadResult;
import io.tilefold.testsupport.ModelEvent;
import io.tilefold.testsupport.Seeds;
import io.tilefold.testsupport.SlowModel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mutations of a table from a real broker to what a reader of the store folds, beside the table itself. */
class MutationsTest {
    private static final long B = Flights.FEBRUARY_MS;
    private static final long HOUR_MS = 3_600_000;
    private static final int PARTITIONS = 2;
    private static final List<String> RIDERS = List.of("r0", "r1", "r2", "r3", "r4", "R4", "r5");
    private static final int ORDERS = 60;

    private final TestBroker broker = TestBroker.shared();

    @TempDir
    private Path directory;

    private String topic;
    private CompiledGroupBy byRider;
    private CompiledGroupBy ever;

    /** The table as the database has it. */
    private final Map<Long, Order> table = new TreeMap<>();

    private final long[] sent = new long[PARTITIONS];

    @BeforeEach
    void define() {
        topic = "orders-" + UUID.randomUUID();
        byRider = Orders.byRider(topic);
        ever = Orders.everByRider(topic);
        broker.createTopic(topic, PARTITIONS);
    }

    @Test
    void valuesAreThoseOfTheTable() {
        Seeds.one(random -> {
            try (TestNode node = new TestNode(directory)) {
                Object unused = node.apply(Flights.catalog(byRider));
                for (long id = 0; id < ORDERS / 2; id++) {
                    table.put(id, order(id, random));
                }
                long version = upload(node, byRider, B);
                assertThat(version).isPositive();
                check(node, B);

                mutate(random, 400, B, B + Flights.DAY_MS);
                awaitAll(node);
                check(node, B + Flights.DAY_MS);
                long applied = node.status("orders_by_rider").getEventsApplied();
                assertThat(applied).isBetween(200L, 800L);

                mutate(random, 200, B + Flights.DAY_MS, B + Flights.DAY_MS + 12 * HOUR_MS);
                node.restart(); // with those mutations anywhere on their way
                mutate(random, 200, B + Flights.DAY_MS + 12 * HOUR_MS, B + 2 * Flights.DAY_MS);
                awaitAll(node);
                check(node, B + 2 * Flights.DAY_MS);
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
                check(node, B + 2 * Flights.DAY_MS);
                mutate(random, 200, B + 2 * Flights.DAY_MS, B + 3 * Flights.DAY_MS);
                awaitAll(node);
                check(node, B + 3 * Flights.DAY_MS);
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
                mutate(random, 300, B, B + Flights.DAY_MS);
                awaitAll(node);
                unused = node.apply(Flights.catalog(byRider, ever));
                mutate(random, 100, B + Flights.DAY_MS, B + Flights.DAY_MS + HOUR_MS);
                awaitAll(node);
                assertThat(node.status("orders_ever").getCatchingUp()).isTrue();
                assertThat(TestUploads.upload(node.channel(), ever, B, Map.of(), directory))
                        .isGreaterThan(version);
                mutate(random, 100, B + Flights.DAY_MS + HOUR_MS, B + Flights.DAY_MS + 2 * HOUR_MS);
                awaitAll(node);
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> !node.status("orders_ever").getCatchingUp());
                long q = B + Flights.DAY_MS + 2 * HOUR_MS;
                check(node, q);
                for (String rider : List.of("r0", "r1", "r2", "r3", "r4", "r5")) {
                    assertThat(values(StoreValues.fold(node.storeDir(), ever, q, rider), 1))
                            .isEqualTo(List.of(expected(rider, q).subList(1, 2).toArray()));
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
        table.put(1L, one);
        table.put(2L, other);
        try (TestNode node = new TestNode(directory)) {
            Object unused = node.apply(Flights.catalog(byRider));
            long version = upload(node, byRider, B);
            send(1, Orders.envelope(null, one, B - 1)); // late: the base has it
            send(1, Orders.envelope("u", null, changed.json(), B + 5));
            send(1, "no JSON");
            send(1, null);
            send(1, Orders.envelope("r", null, changed.json(), B + 6));
            send(1, Orders.envelope(other, new Order(2, "r2", 4, "open", B - HOUR_MS), B + 7));
            send(1, Orders.envelope("t", null, null, B + 8));
            send(1, Orders.envelope(other, other, B + 9));
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
            table.put(1L, changed);
            table.put(2L, new Order(2, "r2", 4, "open", B - HOUR_MS));
            assertThat(upload(node, byRider, B + Flights.DAY_MS)).isGreaterThan(version);
            assertThat(fold(node, B + Flights.DAY_MS, "r1").result()).isEqualTo(ReadResult.FOUND);
            check(node, B + Flights.DAY_MS);
        }
    }

    private Folded fold(TestNode node, long q, String rider) {
        return StoreValues.fold(node.storeDir(), byRider, q, rider);
    }

    private List<Folded> folds(TestNode node, long q) {
        return RIDERS.stream().map(rider -> fold(node, q, rider)).toList();
    }

    /** All mutations before q have been applied, and no others. */
    private void check(TestNode node, long q) {
        for (String rider : List.of("r0", "r1", "r2", "r3", "r4", "r5")) {
            Folded folded = fold(node, q, rider);
            assertThat(folded.isOpen()).isFalse();
            assertThat(values(folded, 4)).as(rider + " at " + q).isEqualTo(expected(rider, q));
        }
    }

    private static List<@Nullable Object> values(Folded folded, int outputs) {
        assertThat(folded.result()).isIn(ReadResult.FOUND, ReadResult.NOT_FOUND);
        return folded.result() == ReadResult.FOUND ? folded.values() : Collections.nCopies(outputs, null);
    }

    /** What {@link Orders#byRider} gives at q, by the slow model, of the table as it is. */
    private List<@Nullable Object> expected(String rider, long q) {
        List<ModelEvent> all = new ArrayList<>();
        List<ModelEvent> timed = new ArrayList<>();
        for (Order order : table.values()) {
            if (isSeen(order) && rider.equals(key(order))) {
                Long placedAtMs = order.placedAtMs();
                ModelEvent row =
                        new ModelEvent(placedAtMs == null ? 0 : placedAtMs, Map.of("amount", (long) order.amount()));
                all.add(row);
                if (placedAtMs != null) {
                    timed.add(row);
                }
            }
        }
        List<@Nullable Object> values = new ArrayList<>();
        values.add(SlowModel.value(all, Long.MAX_VALUE, "", "count", 0, "amount", null));
        values.add(SlowModel.value(all, Long.MAX_VALUE, "", "sum", 0, "amount", null));
        values.add(SlowModel.value(timed, q, "1d", "count", 0, "amount", null));
        values.add(SlowModel.value(timed, q, "7d", "sum", 0, "amount", null));
        return values;
    }

    private static boolean isSeen(Order order) {
        return !order.state().equals("test");
    }

    private static @Nullable String key(Order order) {
        String rider = order.rider();
        return rider == null ? null : rider.toLowerCase(Locale.ROOT);
    }

    /** What a batch run makes of the table as it is. */
    private long upload(TestNode node, CompiledGroupBy groupBy, long batchEndMs) throws Exception {
        Map<String, List<BaseRow>> rows = new HashMap<>();
        for (Order order : table.values()) {
            String key = key(order);
            if (isSeen(order) && key != null) {
                rows.computeIfAbsent(key, unused -> new ArrayList<>())
                        .add(new BaseRow(order.placedAtMs(), order.amount()));
            }
        }
        return TestUploads.upload(node.channel(), groupBy, batchEndMs, rows, directory);
    }

    /** Inserts, updates and deletes orders, and sends what the table's log has of it. */
    private void mutate(SplittableRandom random, int count, long fromMs, long toMs) {
        List<Long> times = random.longs(count, fromMs, toMs).sorted().boxed().toList();
        try (KafkaProducer<byte[], byte[]> producer = broker.producer(Map.of())) {
            for (long mutationMs : times) {
                long id = random.nextInt(ORDERS);
                Order before = table.get(id);
                Order after = before != null && random.nextInt(4) == 0 ? null : next(id, before, random);
                if (after == null) {
                    table.remove(id);
                } else {
                    table.put(id, after);
                }
                send(producer, id, Orders.envelope(before, after, mutationMs));
                if (after == null) {
                    send(producer, id, null); // as Debezium has it
                }
            }
            producer.flush();
        }
    }

    /** A new order, or one of which something is another, or nothing. */
    private static Order next(long id, @Nullable Order before, SplittableRandom random) {
        Order drawn = order(id, random);
        if (before == null) {
            return drawn;
        }
        return switch (random.nextInt(5)) {
            case 0 -> new Order(id, drawn.rider(), before.amount(), before.state(), before.placedAtMs());
            case 1 -> new Order(id, before.rider(), drawn.amount(), before.state(), before.placedAtMs());
            case 2 -> new Order(id, before.rider(), before.amount(), drawn.state(), before.placedAtMs());
            case 3 -> new Order(id, before.rider(), before.amount(), before.state(), drawn.placedAtMs());
            default -> drawn;
        };
    }

    /** Of some rider or none, placed within days of B, before and after it, or nobody knows when. */
    private static Order order(long id, SplittableRandom random) {
        return new Order(
                id,
                random.nextInt(10) == 0 ? null : RIDERS.get(random.nextInt(RIDERS.size())),
                random.nextInt(-20, 100),
                random.nextInt(6) == 0 ? "test" : random.nextBoolean() ? "open" : "paid",
                random.nextInt(10) == 0 ? null : B + random.nextLong(-9 * Flights.DAY_MS, 5 * Flights.DAY_MS));
    }

    private void send(long id, @Nullable String envelope) {
        try (KafkaProducer<byte[], byte[]> producer = broker.producer(Map.of())) {
            send(producer, id, envelope);
            producer.flush();
        }
    }

    private void send(KafkaProducer<byte[], byte[]> producer, long id, @Nullable String envelope) {
        int partition = (int) (id % PARTITIONS);
        producer.send(new ProducerRecord<>(
                topic,
                partition,
                Orders.key(id).getBytes(StandardCharsets.UTF_8),
                envelope == null ? null : envelope.getBytes(StandardCharsets.UTF_8)));
        sent[partition]++;
    }

    private void awaitAll(TestNode node) {
        for (int partition = 0; partition < PARTITIONS; partition++) {
            long unused = node.await(topic, partition, sent[partition]);
        }
    }
}
