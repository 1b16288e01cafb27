package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.client.FailureCode;
import io.tilefold.client.Fetch;
import io.tilefold.client.FetchResult;
import io.tilefold.client.PartResult;
import io.tilefold.client.PartStatus;
import io.tilefold.core.algebra.TileBuffer;
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
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.store.GroupByView;
import io.tilefold.testsupport.ModelEvent;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What parts say of rows. */
class FetchStatusTest {
    private static final long B = Flights.B;
    private static final String COUNT_7D = "delay_count_7d";
    private static final List<ModelEvent> HISTORY = List.of(
            Flights.flight(B - 2 * Flights.HOUR_MS, "JFK", "LAX", 10L),
            Flights.flight(B - Flights.HOUR_MS, "JFK", "SFO", 20L));

    @TempDir
    Path directory;

    private FlightStore writer;
    private TestNode node;

    @BeforeEach
    void start() throws IOException {
        writer = new FlightStore(directory).activate(Flights.CATALOG).batch(HISTORY, 3, B);
        node = new TestNode(directory);
        node.nowMs.set(B + Flights.HOUR_MS);
        writer.publish(node.nowMs.get());
        node.mapped();
    }

    @AfterEach
    void stop() {
        node.close();
        writer.close();
    }

    private FetchResult departures(Object origin, long q) {
        return node.client.fetch(Fetch.groupBy("airport_departures")
                .row(Map.of("origin", origin))
                .asOf(q));
    }

    private static PartResult part(FetchResult answer) {
        return answer.parts().get(0);
    }

    /** A fetch of few rows looks at the clock once: what it finds is true of all parts. */
    @Test
    void allPartsAreTimedOutOfAFetchThatComesTooLate(@TempDir Path other) throws IOException {
        CompiledJoin hurried = Flights.compiled(
                Join.builder("hurried", Flights.CONTEXT.definition().left())
                        .part(JoinPart.of("airport_departures"))
                        .part(JoinPart.of("airport_arrivals"))
                        .part(JoinPart.of("route"))
                        .online(true)
                        .latencyBudgetMs(0) // no file may say so
                        .build(),
                List.of(Flights.DEPARTURES, Flights.ARRIVALS, Flights.ROUTE));
        Catalog catalog = new Catalog(Flights.CATALOG.groupBys(), List.of(hurried), List.of());
        try (FlightStore ofOther = new FlightStore(other).activate(catalog).batch(HISTORY, 3, B);
                TestNode late = new TestNode(other)) {
            late.nowMs.set(B + Flights.HOUR_MS);
            ofOther.publish(late.nowMs.get());
            late.mapped();
            FetchResult answer = late.client.fetch(Fetch.join("hurried")
                    .row(Map.of("origin", "JFK", "destination", "LAX"))
                    .row(Map.of("origin", "JFK", "destination", "SFO")));

            assertThat(answer.parts()).hasSize(3).allSatisfy(part -> {
                assertThat(part.status(0)).isEqualTo(PartStatus.TIMED_OUT);
                assertThat(part.status(1)).isEqualTo(PartStatus.TIMED_OUT);
            });
            assertThat(answer.toMap(1).values()).containsOnlyNulls();
        }
    }

    private static void assertFailed(FetchResult answer, FailureCode code) {
        assertThat(part(answer).status(0)).isEqualTo(PartStatus.FAILED);
        assertThat(part(answer).failure(0)).isEqualTo(code);
        assertThat(answer.toMap(0).values()).containsOnlyNulls();
    }

    @Test
    void completeNamesVersionBatchEndAndNewestEvent() {
        long newest = B + 7 * 60_000;
        writer.apply(Flights.flight(newest, "JFK", "LAX", 30L));
        long position = writer.publish(node.nowMs.get());
        FetchResult answer = departures("JFK", B + Flights.HOUR_MS);
        assertThat(part(answer).status(0)).isEqualTo(PartStatus.COMPLETE);
        assertThat(part(answer).name()).isEqualTo("airport_departures");
        assertThat(part(answer).version()).hasValue(3);
        assertThat(part(answer).batchEndMs()).hasValue(B);
        assertThat(part(answer).newestEventMs()).hasValue(newest);
        assertThat(answer.getLong(0, COUNT_7D)).isEqualTo(3);
        assertThat(answer.isComplete(0)).isTrue();
        assertThat(answer.positions()).hasSize(1);
        assertThat(answer.positions().get(0).shardGroup()).isEqualTo(7);
        assertThat(answer.positions().get(0).toPosition()).isEqualTo(position);
        assertThat(answer.positions().get(0).caughtUpAtMs()).hasValue(node.nowMs.get());
        assertThat(answer.positions().get(0).heartbeatMs()).hasValue(node.nowMs.get());
    }

    @Test
    void theConsumersLagIsToldAsSoonAsItIsKnown() {
        assertThat(part(departures("JFK", B + 1)).consumerLag()).isEmpty();
        writer.lag("airport_departures", 0);
        assertThat(part(departures("JFK", B + 1)).consumerLag()).hasValue(0);
        writer.lag("airport_departures", 1L << 40);
        assertThat(part(departures("JFK", B + 1)).consumerLag()).hasValue(1L << 40);
        writer.lag("airport_departures", GroupByView.UNKNOWN_LAG);
        assertThat(part(departures("JFK", B + 1)).consumerLag()).isEmpty();
    }

    @Test
    void unknownKeyIsNotFoundAndAllNull() {
        FetchResult answer = departures("ZZZ", B + 1);
        assertThat(part(answer).status(0)).isEqualTo(PartStatus.NOT_FOUND);
        assertThat(part(answer).failure(0)).isEqualTo(FailureCode.NONE);
        assertThat(answer.toMap(0).values()).containsOnlyNulls();
    }

    @Test
    void nullKeyIsNullKeyWithOrWithoutAType() {
        Map<String, Object> nullOrigin = new HashMap<>();
        nullOrigin.put("origin", null);
        FetchResult untyped = node.client.fetch(
                Fetch.groupBy("airport_departures").row(nullOrigin).asOf(B));
        assertThat(part(untyped).status(0)).isEqualTo(PartStatus.NULL_KEY);
        FetchResult mixed = node.client.fetch(Fetch.groupBy("airport_departures")
                .row(Map.of("origin", "JFK"))
                .row(nullOrigin)
                .asOf(B + 1));
        assertThat(part(mixed).status(0)).isEqualTo(PartStatus.COMPLETE);
        assertThat(part(mixed).status(1)).isEqualTo(PartStatus.NULL_KEY);
        assertThat(mixed.toMap(1).values()).containsOnlyNulls();
        assertThat(mixed.getLong(0, COUNT_7D)).isEqualTo(2);
    }

    @Test
    void headOpenOnlyWhereTheGivenTileHoldsEventsFromQ() {
        long tile = B + Flights.HOUR_MS;
        writer.apply(Flights.flight(tile + 120_000, "JFK", "LAX", 1L));
        writer.publish(node.nowMs.get());
        assertThat(part(departures("JFK", tile + 60_000)).status(0)).isEqualTo(PartStatus.HEAD_OPEN);
        assertThat(part(departures("JFK", tile + 120_000)).status(0)).isEqualTo(PartStatus.HEAD_OPEN);
        assertThat(part(departures("JFK", tile + 120_001)).status(0)).isEqualTo(PartStatus.COMPLETE);
        assertThat(part(departures("JFK", tile)).status(0)).isEqualTo(PartStatus.COMPLETE);
        assertThat(part(departures("JFK", tile - 1)).status(0)).isEqualTo(PartStatus.COMPLETE);
        // q of the node's own clock takes the head as it is.
        node.nowMs.set(tile + 60_000);
        writer.publish(tile + 60_000);
        FetchResult now = node.client.fetch(Fetch.groupBy("airport_departures").row(Map.of("origin", "JFK")));
        assertThat(now.asOfMs()).isEqualTo(tile + 60_000);
        assertThat(part(now).status(0)).isEqualTo(PartStatus.COMPLETE);
        assertThat(now.getLong(0, COUNT_7D)).isEqualTo(3);
    }

    @Test
    void streamingPartsAreStaleWhereLiveFellBehindAndUnknownKeysTooThen() {
        node.nowMs.addAndGet(10_001);
        assertThat(part(departures("JFK", B + 1)).status(0)).isEqualTo(PartStatus.STALE);
        assertThat(departures("JFK", B + 1).getLong(0, COUNT_7D)).isEqualTo(2);
        assertThat(part(departures("ZZZ", B + 1)).status(0)).isEqualTo(PartStatus.STALE);
        FetchResult daily = node.client.fetch(
                Fetch.groupBy("airport_daily").row(Map.of("origin", "JFK")).asOf(B + 1));
        assertThat(part(daily).status(0)).isEqualTo(PartStatus.COMPLETE);
        writer.publish(node.nowMs.get());
        assertThat(part(departures("JFK", B + 1)).status(0)).isEqualTo(PartStatus.COMPLETE);
    }

    @Test
    void aWriterThatGivesNoSignOfLifeMakesPartsStale() {
        long caughtUpMs = node.nowMs.get();
        writer.store().publish(1_000, caughtUpMs + 60_000);
        writer.store().heartbeat(caughtUpMs);
        node.nowMs.addAndGet(20_000);
        assertThat(part(departures("JFK", B + 1)).status(0)).isEqualTo(PartStatus.STALE);
    }

    @Test
    void snapshotIsServedAsOfBAndStaleAfterTwoDays() {
        Fetch twoDays = Fetch.groupBy("airport_daily").row(Map.of("origin", "JFK"));
        FetchResult fresh = node.client.fetch(twoDays.asOf(B + 2 * Flights.DAY_MS));
        assertThat(part(fresh).status(0)).isEqualTo(PartStatus.COMPLETE);
        assertThat(fresh.getLong(0, "delay_count_1d")).isEqualTo(2);
        FetchResult old = node.client.fetch(twoDays.asOf(B + 2 * Flights.DAY_MS + 1));
        assertThat(part(old).status(0)).isEqualTo(PartStatus.STALE);
        assertThat(old.getLong(0, "delay_count_1d")).isEqualTo(2);
    }

    @Test
    void beforeTheBatchEndFailsRowByRow() {
        FetchResult answer = node.client.fetch(Fetch.groupBy("airport_departures")
                .row(Map.of("origin", "JFK"), B - 1)
                .row(Map.of("origin", "JFK"), B)
                .row(Map.of("origin", "JFK"), B + 6 * Flights.DAY_MS + 22 * Flights.HOUR_MS + 1));
        assertFailed(answer, FailureCode.BEFORE_BATCH);
        assertThat(part(answer).status(1)).isEqualTo(PartStatus.COMPLETE);
        assertThat(part(answer).failure(1)).isEqualTo(FailureCode.NONE);
        assertThat(answer.getLong(1, COUNT_7D)).isEqualTo(2);
        assertThat(answer.getLong(2, COUNT_7D)).isEqualTo(2);
        assertThat(answer.get(2, "delay_count_1h")).isNull();
    }

    @Test
    void aPartWithoutABatchFailsAloneUntilItHasOne() throws IOException {
        FlightStore second = null;
        Path other = directory.resolve("other");
        try {
            second = new FlightStore(other).activate(Flights.CATALOG).batch(Flights.ROUTE, HISTORY, 1, B);
            second.publish(node.nowMs.get());
            try (TestNode otherNode = new TestNode(other).mapped()) {
                otherNode.nowMs.set(node.nowMs.get());
                Fetch fetch = Fetch.join("flight_context")
                        .row(Map.of("origin", "JFK", "destination", "LAX"))
                        .asOf(B + 1);
                FetchResult answer = otherNode.client.fetch(fetch);
                assertThat(answer.part("route").status(0)).isEqualTo(PartStatus.COMPLETE);
                assertThat(answer.getLong(0, "route_delay_count_7d")).isEqualTo(1);
                assertThat(answer.part("airport_departures").failure(0)).isEqualTo(FailureCode.NO_BATCH);
                assertThat(answer.part("airport_departures").version()).isEmpty();
                assertThat(answer.isComplete(0)).isFalse();
                second.batch(HISTORY, 2, B);
                long position = second.publish(otherNode.nowMs.get());
                FetchResult complete = otherNode.client.fetch(fetch.minPosition(7, position));
                assertThat(complete.isComplete(0)).isFalse(); // LAX never had a departure that day: origin is JFK
                assertThat(complete.part("airport_departures").status(0)).isEqualTo(PartStatus.COMPLETE);
                assertThat(complete.part("to_airport_daily").status(0)).isEqualTo(PartStatus.NOT_FOUND);
            }
        } finally {
            if (second != null) {
                second.close();
            }
        }
    }

    @Test
    void pinnedVersionOrNothing() {
        Fetch fetch =
                Fetch.groupBy("airport_departures").row(Map.of("origin", "JFK")).asOf(B + 1);
        assertThat(part(node.client.fetch(fetch.pinVersion("airport_departures", 3)))
                        .status(0))
                .isEqualTo(PartStatus.COMPLETE);
        assertFailed(
                node.client.fetch(Fetch.groupBy("airport_departures")
                        .row(Map.of("origin", "JFK"))
                        .asOf(B + 1)
                        .pinVersion("airport_departures", 2)),
                FailureCode.VERSION_GONE);
    }

    @Test
    void missingAndDamagedSegmentsFailTheirKeysAlone() throws IOException {
        writer.batch(Flights.DEPARTURES, HISTORY, 4, B);
        for (int shard = 0; shard < FlightStore.SHARDS; shard++) {
            Files.delete(writer.store().segmentFile(Flights.DEPARTURES.id(), 4, shard));
        }
        writer.batch(Flights.ROUTE, HISTORY, 4, B);
        for (int shard = 0; shard < FlightStore.SHARDS; shard++) {
            Path file = writer.store().segmentFile(Flights.ROUTE.id(), 4, shard);
            try (RandomAccessFile damaged = new RandomAccessFile(file.toFile(), "rw")) {
                damaged.setLength(damaged.length() / 2);
            }
        }
        long position = writer.publish(node.nowMs.get());
        FetchResult answer = node.client.fetch(Fetch.join("flight_context")
                .row(Map.of("origin", "JFK", "destination", "LAX"))
                .asOf(B + 1)
                .minPosition(7, position));
        assertThat(answer.part("airport_departures").failure(0)).isEqualTo(FailureCode.BASE_MISSING);
        assertThat(answer.part("route").failure(0)).isEqualTo(FailureCode.BASE_MISSING);
        assertThat(answer.part("airport_arrivals").status(0)).isEqualTo(PartStatus.COMPLETE);
        assertThat(answer.getLong(0, "airport_arrivals_delay_count_7d")).isEqualTo(1);
    }

    @Test
    void aStateBeyondItsBoundFailsTheRowAndKeepsTheOtherOutputs() {
        // unique_count keeps every value: some hundred of 16 KiB go beyond the bound of one state, 1 MiB.
        for (int i = 0; i < 80; i++) {
            writer.apply(Flights.flight(B + 60_000, "JFK", String.valueOf(i).repeat(8_192), 5L));
        }
        writer.publish(node.nowMs.get());
        FetchResult answer = departures("JFK", B + Flights.HOUR_MS);
        assertThat(part(answer).failure(0)).isEqualTo(FailureCode.STATE_LIMIT);
        assertThat(part(answer).status(0)).isEqualTo(PartStatus.FAILED);
        assertThat(answer.isNull(0, "destination_unique_count_7d")).isTrue();
        assertThat(answer.getLong(0, COUNT_7D)).isEqualTo(82);
        assertThat(node.node.stateLimitedRows()).isEqualTo(1);
    }

    @Test
    void aValueThatMayHoldWhatWasTakenBackIsStale() throws IOException {
        CompiledGroupBy mutable = Flights.compiled(GroupBy.builder("delays")
                .source(new Source.Entities(
                        "delays",
                        Optional.of("delay_mutations"),
                        Optional.of("delays"),
                        Query.builder().timeColumn("ts").build()))
                .keys("origin")
                .accuracy(Accuracy.TEMPORAL)
                .online(true)
                .aggregate(Aggregation.of("sum", "delay"))
                .aggregate(Aggregation.of("unique_count", "destination"))
                .build());
        GroupByPlan plan = GroupByPlan.compile(mutable.definition(), mutable.selected());
        FlatRowWriter row = new FlatRowWriter(4).putString(1, "LAX").putLong(2, 5);
        FlatRow event = new FlatRow().wrap(row.buffer(), 0, row.finish(), 4);
        TileBuffer untouched = new TileBuffer(plan.tiles());
        untouched.update(event, B - 2);
        TileBuffer takenBack = new TileBuffer(plan.tiles());
        takenBack.update(event, B - 2);
        takenBack.update(event, B - 1);
        takenBack.takeBack(event, B - 1);
        TileBuffer below = new TileBuffer(plan.tiles());
        below.takeBack(event, B - 1);
        writer.activate(new Catalog(List.of(mutable), List.of(), List.of()))
                .batch(mutable, Map.of("JFK", untouched, "LAX", takenBack, "SFO", below), 1, B);
        long position = writer.publish(node.nowMs.get());

        FetchResult answer = node.client.fetch(Fetch.groupBy("delays")
                .row(Map.of("origin", "JFK"))
                .row(Map.of("origin", "LAX"))
                .row(Map.of("origin", "SFO"))
                .asOf(B)
                .minPosition(7, position));
        assertThat(part(answer).status(0)).isEqualTo(PartStatus.COMPLETE);
        assertThat(answer.getLong(0, "delay_sum")).isEqualTo(5);
        assertThat(part(answer).status(1)).isEqualTo(PartStatus.STALE);
        assertThat(answer.getLong(1, "delay_sum")).isEqualTo(5);
        assertThat(answer.getLong(1, "destination_unique_count")).isEqualTo(1);
        assertThat(part(answer).status(2)).as("more taken back than there was").isEqualTo(PartStatus.STALE);
        assertThat(answer.toMap(2).values()).containsOnlyNulls();
    }
}
