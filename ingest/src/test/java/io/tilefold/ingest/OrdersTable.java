package io.tilefold.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.ingest.Orders.Order;
import io.tilefold.ingest.StoreValues.Folded;
import io.tilefold.ingest.TestSegments.BaseRow;
import io.tilefold.store.ReadResult;
import io.tilefold.testsupport.ModelEvent;
import io.tilefold.testsupport.SlowModel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** A table of orders as the database has it: it changes, a topic has its mutations, and the slow model says what is computed of it. One thread at a time. */
final class OrdersTable {
    static final int PARTITIONS = 2;

    /** Keys that there are. */
    static final List<String> RIDERS = List.of("r0", "r1", "r2", "r3", "r4", "r5");

    private static final List<String> WRITTEN = List.of("r0", "r1", "r2", "r3", "r4", "R4", "r5");
    private static final int ORDERS = 60;
    private static final long B = Flights.FEBRUARY_MS;

    private final TestBroker broker;
    private final String topic;
    private final Map<Long, Order> table = new TreeMap<>();
    private final long[] sent = new long[PARTITIONS];

    /** Makes the topic. */
    OrdersTable(TestBroker broker, String topic) {
        this.broker = broker;
        this.topic = topic;
        broker.createTopic(topic, PARTITIONS);
    }

    /** Puts an order there without a mutation. */
    void put(Order order) {
        table.put(order.id(), order);
    }

    /** Puts half as many orders there as there may be, without mutations. */
    void fill(SplittableRandom random) {
        for (long id = 0; id < ORDERS / 2; id++) {
            table.put(id, order(id, random));
        }
    }

    /** Records sent to a partition. */
    long sent(int partition) {
        return sent[partition];
    }

    /** What a batch run makes of the table as it is. */
    Map<String, List<BaseRow>> rows() {
        Map<String, List<BaseRow>> rows = new HashMap<>();
        for (Order order : table.values()) {
            String key = key(order);
            if (isSeen(order) && key != null) {
                rows.computeIfAbsent(key, unused -> new ArrayList<>())
                        .add(new BaseRow(order.placedAtMs(), order.amount()));
            }
        }
        return rows;
    }

    /** A store has what {@link Orders#byRider} gives at q; all mutations before q have been applied, and no others. */
    void check(Path storeDir, CompiledGroupBy byRider, long q) {
        for (String rider : RIDERS) {
            Folded folded = StoreValues.fold(storeDir, byRider, q, rider);
            assertThat(folded.isOpen()).isFalse();
            assertThat(values(folded, 4)).as(rider + " at " + q).isEqualTo(expected(rider, q));
        }
    }

    static List<@Nullable Object> values(Folded folded, int outputs) {
        assertThat(folded.result()).isIn(ReadResult.FOUND, ReadResult.NOT_FOUND);
        return folded.result() == ReadResult.FOUND ? folded.values() : Collections.nCopies(outputs, null);
    }

    /** What {@link Orders#byRider} gives at q, by the slow model, of the table as it is. */
    List<@Nullable Object> expected(String rider, long q) {
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

    /** Inserts, updates and deletes orders, and sends what the table's log has of it. */
    void mutate(SplittableRandom random, int count, long fromMs, long toMs) {
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
                random.nextInt(10) == 0 ? null : WRITTEN.get(random.nextInt(WRITTEN.size())),
                random.nextInt(-20, 100),
                random.nextInt(6) == 0 ? "test" : random.nextBoolean() ? "open" : "paid",
                random.nextInt(10) == 0 ? null : B + random.nextLong(-9 * Flights.DAY_MS, 5 * Flights.DAY_MS));
    }

    void send(long id, @Nullable String envelope) {
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
}
