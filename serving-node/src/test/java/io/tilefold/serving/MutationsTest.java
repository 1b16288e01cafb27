package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.tilefold.client.Fetch;
import io.tilefold.client.FetchResult;
import io.tilefold.client.PartStatus;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.serving.v1.TileExplanation;
import io.tilefold.proto.serving.v1.TileExplanation.Kind;
import io.tilefold.proto.serving.v1.WindowExplanation;
import io.tilefold.testsupport.ModelEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a fetch says of entities that mutations change as it is asked. */
class MutationsTest {
    private static final long B = Flights.B;
    private static final long HOUR_MS = Flights.HOUR_MS;
    private static final long DAY_MS = 24 * HOUR_MS;
    private static final String SUM = "delay_sum";
    private static final String SUM_1D = "delay_sum_1d";

    @TempDir
    private Path directory;

    private final ModelEvent longAgo = Flights.flight(B - 20 * DAY_MS, "JFK", "LAX", 1L);
    private final ModelEvent lastNight = Flights.flight(B - HOUR_MS, "JFK", "LAX", 10L);
    private final ModelEvent tomorrow = Flights.flight(B + DAY_MS + HOUR_MS, "JFK", "LAX", 100L);
    private final ModelEvent dayAfter = Flights.flight(B + 2 * DAY_MS + 2, "JFK", "LAX", 1_000L);
    private CompiledGroupBy delays;
    private FlightStore writer;
    private TestNode node;

    @BeforeEach
    void start() throws IOException {
        delays = Flights.compiled(GroupBy.builder("delays")
                .source(new Source.Entities(
                        "delays",
                        Optional.of("delay_mutations"),
                        Optional.of("delays"),
                        Query.builder().timeColumn("ts").build()))
                .keys("origin")
                .accuracy(Accuracy.TEMPORAL)
                .online(true)
                .aggregate(Aggregation.of("sum", "delay").windows("1d"))
                .aggregate(Aggregation.of("sum", "delay"))
                .build());
        writer = new FlightStore(directory)
                .activate(new Catalog(List.of(delays), List.of(), List.of()))
                .batch(delays, List.of(longAgo, lastNight, tomorrow, dayAfter), 1, B);
        writer.publish(B);
        node = new TestNode(directory);
        node.nowMs.set(B);
        node.mapped();
    }

    @AfterEach
    void stop() {
        node.close();
        writer.close();
    }

    private FetchResult fetch(long q) {
        return node.client.fetch(
                Fetch.groupBy("delays").row(Map.of("origin", "JFK")).asOf(q));
    }

    private void publish() {
        writer.publish(node.nowMs.get());
    }

    private static PartStatus status(FetchResult answer) {
        return answer.parts().get(0).status(0);
    }

    @Test
    void rowsCountAtTheirOwnTimesWheneverTheyWereChanged() {
        ModelEvent corrected = Flights.flight(B - HOUR_MS, "JFK", "LAX", 20L);
        writer.mutate(delays, lastNight, corrected, B + 2 * HOUR_MS).mutate(delays, longAgo, null, B + DAY_MS);
        publish();
        FetchResult before = fetch(B + HOUR_MS);
        assertThat(status(before)).as("a mutation of q's day at or after q").isEqualTo(PartStatus.HEAD_OPEN);
        FetchResult after = fetch(B + 3 * HOUR_MS);
        assertThat(status(after)).isEqualTo(PartStatus.COMPLETE);
        assertThat(after.getLong(0, SUM)).isEqualTo(1_121);
        assertThat(after.getLong(0, SUM_1D)).isEqualTo(20);
        FetchResult nextDay = fetch(B + DAY_MS + 2 * HOUR_MS);
        assertThat(status(nextDay)).isEqualTo(PartStatus.COMPLETE);
        assertThat(nextDay.getLong(0, SUM)).isEqualTo(1_120);
        assertThat(nextDay.getLong(0, SUM_1D)).as("the base's row ahead of B").isEqualTo(100);
        assertThat(after.parts().get(0).newestEventMs()).hasValue(B + DAY_MS);
    }

    @Test
    void aGivenMomentAmongRowsOfItsFiveMinutesIsOpen() {
        assertThat(status(fetch(B + DAY_MS + HOUR_MS + 1))).isEqualTo(PartStatus.COMPLETE);
        assertThat(status(fetch(B + 2 * DAY_MS + 1))).isEqualTo(PartStatus.HEAD_OPEN);
        assertThat(status(fetch(B + 2 * DAY_MS + 2))).isEqualTo(PartStatus.HEAD_OPEN);
        assertThat(status(fetch(B + 2 * DAY_MS + 3))).isEqualTo(PartStatus.COMPLETE);
        assertThat(status(fetch(B + DAY_MS + HOUR_MS))).isEqualTo(PartStatus.COMPLETE);
        assertThat(status(fetch(B + DAY_MS + HOUR_MS + 300_000))).isEqualTo(PartStatus.COMPLETE);
    }

    @Test
    void aKeyWhoseRowBeforeIsMissingIsStale() {
        writer.missBefore(delays, "JFK", B + HOUR_MS);
        publish();
        FetchResult answer = fetch(B + 2 * HOUR_MS);
        assertThat(status(answer)).isEqualTo(PartStatus.STALE);
        assertThat(answer.getLong(0, SUM)).isEqualTo(1_111);
    }

    @Test
    void anExplanationNamesTheTilesOfBaseLiveAndRowsAhead() {
        ModelEvent corrected = Flights.flight(B - HOUR_MS, "JFK", "LAX", 20L);
        writer.mutate(delays, lastNight, corrected, B + 2 * HOUR_MS);
        writer.mutate(delays, null, Flights.flight(B + 20 * HOUR_MS, "JFK", "LAX", 7L), B + DAY_MS);
        publish();
        FetchRequest request = Fetch.groupBy("delays")
                .row(Map.of("origin", "JFK"))
                .asOf(B + DAY_MS + 2 * HOUR_MS)
                .toRequest();
        ManagedChannel channel = Grpc.newChannelBuilder(node.address(), InsecureChannelCredentials.create())
                .build();
        List<WindowExplanation> windows;
        try {
            windows = FeatureServiceGrpc.newBlockingStub(channel)
                    .explain(request)
                    .getParts(0)
                    .getWindowsList();
        } finally {
            channel.shutdownNow();
        }
        assertThat(windows.get(0).getTilesList())
                .extracting(TileExplanation::getKind, tile -> tile.getValues(0))
                .containsExactlyInAnyOrder(tuple(Kind.KIND_SUFFIX, "100"), tuple(Kind.KIND_LIVE, "7"));
        assertThat(windows.get(1).getTilesList())
                .extracting(TileExplanation::getKind, tile -> tile.getValues(0))
                .containsExactlyInAnyOrder(
                        tuple(Kind.KIND_SUFFIX, "1111"), tuple(Kind.KIND_LIVE, "null"), tuple(Kind.KIND_LIVE, "7"));
    }
}
