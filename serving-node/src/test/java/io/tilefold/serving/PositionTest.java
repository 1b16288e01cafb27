package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.client.FailureCode;
import io.tilefold.client.FeatureClient;
import io.tilefold.client.Fetch;
import io.tilefold.client.FetchException;
import io.tilefold.client.FetchResult;
import io.tilefold.client.PartStatus;
import io.tilefold.client.PositionRange;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Minimum positions, and positions that never go back. */
class PositionTest {
    private static final long Q = Flights.B + Flights.HOUR_MS;

    @TempDir
    Path directory;

    private FlightStore writer;
    private TestNode node;

    @BeforeEach
    void start() throws IOException {
        writer = new FlightStore(directory).activate(Flights.CATALOG).batch(List.of(), 1, Flights.B);
        node = new TestNode(TestNode.config(directory)
                .port(0)
                .storeRetryMs(20)
                .maxWaitingFetches(2)
                .build());
        writer.publish(node.nowMs.get());
        node.mapped();
    }

    @AfterEach
    void stop() {
        node.close();
        writer.close();
    }

    private static Fetch jfk() {
        return Fetch.groupBy("airport_departures")
                .row(Map.of("origin", "JFK"))
                .asOf(Q)
                .deadline(Duration.ofSeconds(30));
    }

    private PositionRange at(long position) {
        OptionalLong now = OptionalLong.of(node.nowMs.get());
        return new PositionRange(7, position, position, now, now);
    }

    @Test
    void aFetchWaitsForItsPositionAndSeesWhatCameWithIt() throws Exception {
        CompletableFuture<FetchResult> waiting = node.client.fetchAsync(jfk().minPosition(7, 128));
        // The node is not busy with it: others are answered meanwhile, and what they see lies before.
        FetchResult before = node.client.fetch(jfk());
        assertThat(before.positions()).containsExactly(at(64));
        assertThat(before.parts().get(0).status(0)).isEqualTo(PartStatus.NOT_FOUND);
        assertThat(waiting).isNotDone();
        writer.apply(Flights.flight(Flights.B + 1, "JFK", "LAX", 4L));
        assertThat(writer.publish(node.nowMs.get())).isEqualTo(128);
        FetchResult answer = waiting.get(20, TimeUnit.SECONDS);
        assertThat(answer.getLong(0, "delay_count_7d")).isEqualTo(1);
        assertThat(answer.positions()).containsExactly(at(128));
    }

    @Test
    void aPositionNotReachedInsideTheDeadlineFailsEveryPart() {
        FetchResult answer = node.client.fetch(Fetch.join("flight_context")
                .row(Map.of("origin", "JFK", "destination", "LAX"))
                .asOf(Q)
                .minPosition(7, 1 << 20)
                .deadline(Duration.ofMillis(800)));
        assertThat(answer.parts()).hasSize(5).allSatisfy(part -> {
            assertThat(part.status(0)).isEqualTo(PartStatus.FAILED);
            assertThat(part.failure(0)).isEqualTo(FailureCode.POSITION_NOT_REACHED);
            assertThat(part.version()).hasValue(1);
        });
        assertThat(answer.toMap(0).values()).containsOnlyNulls();
    }

    @Test
    void positionsOfGroupsThatTheNodeDoesNotHoldAreIgnored() {
        FetchResult answer = node.client.fetch(jfk().minPosition(6, 1 << 20));
        assertThat(answer.parts().get(0).status(0)).isEqualTo(PartStatus.NOT_FOUND);
    }

    @Test
    void noMoreWaitThanTheBoundAllows() {
        CompletableFuture<FetchResult> first = node.client.fetchAsync(jfk().minPosition(7, 1 << 20));
        CompletableFuture<FetchResult> second = node.client.fetchAsync(jfk().minPosition(7, 1 << 20));
        CompletableFuture<FetchResult> third = node.client.fetchAsync(jfk().minPosition(7, 1 << 20));
        CompletableFuture<Object> firstToEnd = CompletableFuture.anyOf(first, second, third);
        assertThatThrownBy(() -> firstToEnd.get(20, TimeUnit.SECONDS))
                .hasCauseInstanceOf(FetchException.class)
                .cause()
                .satisfies(refused -> {
                    assertThat(((FetchException) refused).code()).isEqualTo("RESOURCE_EXHAUSTED");
                    assertThat(((FetchException) refused).reason()).hasValue("TOO_MANY_WAITING");
                });
        List.of(first, second, third).forEach(future -> future.cancel(true));
        // A place that a cancelled call leaves is free again.
        org.awaitility.Awaitility.await()
                .atMost(20, TimeUnit.SECONDS)
                .ignoreExceptions()
                .until(() -> node.client
                                .fetch(jfk().minPosition(7, 65).deadline(Duration.ofMillis(200)))
                                .parts()
                                .get(0)
                                .failure(0)
                        == FailureCode.POSITION_NOT_REACHED);
    }

    @Test
    void aClientAsksForTheLastPositionItSaw() {
        FetchResult seen = node.client.fetch(jfk());
        assertThat(seen.positions().get(0).toPosition()).isEqualTo(64);
        // Another node of the same shard group, whose store is behind: this client waits there, one that does not
        // remember does not.
        Path behind = directory.resolve("behind");
        try (FlightStore other = new FlightStore(behind).activate(Flights.CATALOG)) {
            other.batch(List.of(), 1, Flights.B);
            other.store().heartbeat(node.nowMs.get());
            other.store().publish(32, node.nowMs.get());
            try (TestNode late = new TestNode(behind).mapped();
                    FeatureClient both = FeatureClient.builder()
                            .address(node.address())
                            .address(late.address())
                            .build();
                    FeatureClient forgetful = FeatureClient.builder()
                            .address(node.address())
                            .address(late.address())
                            .rememberPositions(false)
                            .build()) {
                assertThat(both.fetch(jfk()).positions().get(0).toPosition()).isEqualTo(64);
                assertThat(both.fetch(jfk().deadline(Duration.ofMillis(400)))
                                .parts()
                                .get(0)
                                .failure(0))
                        .isEqualTo(FailureCode.POSITION_NOT_REACHED);
                both.forgetPositions();
                both.fetch(jfk());
                forgetful.fetch(jfk());
                assertThat(forgetful.fetch(jfk()).positions().get(0).toPosition())
                        .isEqualTo(32);
            }
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }
}
