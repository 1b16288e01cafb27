package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.tilefold.client.Channels;
import io.tilefold.client.Fetch;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.proto.serving.v1.PartStatus;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three times as many fetches as a node can answer: it goes on answering about as many as it can, whole, and tells the others at once. */
class GoodputTest {
    private static final int ROWS = 4_000;
    private static final long BUDGET_MS = 400;
    private static final long PERIOD_NS = TimeUnit.MILLISECONDS.toNanos(1_500);

    private static final int ROUNDS_MAX = 6;

    /** What a period brought. */
    private static final class Outcome {
        private final Map<Status.Code, Integer> ends = new EnumMap<>(Status.Code.class);
        private int incomplete;

        synchronized void end(Status.Code code) {
            ends.merge(code, 1, Integer::sum);
        }

        synchronized void answer(FetchResponse response) {
            boolean whole = response.getPartsList().stream()
                    .allMatch(part -> part.getStatusesList().stream()
                            .allMatch(status -> status == PartStatus.PART_STATUS_COMPLETE));
            incomplete += whole ? 0 : 1;
        }

        synchronized int count(Status.Code code) {
            return ends.getOrDefault(code, 0);
        }

        synchronized int whole() {
            return count(Status.Code.OK) - incomplete;
        }

        @Override
        public synchronized String toString() {
            return ends + ", incomplete " + incomplete;
        }
    }

    /** Before, under and after too much. */
    private record Round(Outcome peak, Outcome overload, Outcome after) {
        static Round of(List<ManagedChannel> channels) {
            Outcome peak = inTurn(channels, PERIOD_NS);
            Outcome overload = openLoop(channels, 3 * peak.whole());
            Outcome after = inTurn(channels, PERIOD_NS);
            Round round = new Round(peak, overload, after);
            assertThat(overload.ends.keySet())
                    .as(round.toString())
                    .isSubsetOf(Status.Code.OK, Status.Code.RESOURCE_EXHAUSTED, Status.Code.DEADLINE_EXCEEDED);
            assertThat(overload.count(Status.Code.RESOURCE_EXHAUSTED))
                    .as(round.toString())
                    .isPositive();
            return round;
        }

        /** What was accepted came in time: few began and were too late after all. */
        boolean isGood() {
            return overload.whole() > peak.whole() / 2
                    && overload.count(Status.Code.DEADLINE_EXCEEDED) + overload.incomplete < overload.whole() / 4
                    && after.ends.keySet().equals(Set.of(Status.Code.OK))
                    && after.whole() > peak.whole() / 2;
        }

        @Override
        public String toString() {
            return "peak " + peak + "; at three times as much " + overload + "; then " + after;
        }
    }

    /** In one of some rounds: whoever else uses this machine may take any of them its time. */
    @Test
    void goodputStaysAndComesBack(@TempDir Path directory) throws Exception {
        try (FlightStore writer = new FlightStore(directory).activate(Flights.CATALOG);
                TestNode node = new TestNode(TestNode.config(directory)
                        .port(0)
                        .storeRetryMs(20)
                        .workerThreads(1)
                        .build())) {
            writer.batch(List.of(Flights.flight(Flights.B - 60_000, "JFK", "LAX", 1L)), 1, Flights.B);
            writer.publish(node.nowMs.get());
            node.mapped();
            List<ManagedChannel> channels = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                channels.add(Channels.open(node.address()));
            }
            try {
                inTurn(channels, PERIOD_NS / 2); // code is compiled
                Round round = Round.of(channels);
                for (int i = 1; i < ROUNDS_MAX && !round.isGood(); i++) {
                    round = Round.of(channels);
                }
                assertThat(round.isGood()).as(round.toString()).isTrue();
            } finally {
                channels.forEach(ManagedChannel::shutdownNow);
            }
        }
    }

    private static FetchRequest request() {
        Fetch fetch = Fetch.groupBy("route").asOf(Flights.B);
        for (int i = 0; i < ROWS; i++) {
            fetch.row(Map.of("origin", "JFK", "destination", "LAX"));
        }
        return fetch.toRequest();
    }

    /** One after the other, two at a time. */
    private static Outcome inTurn(List<ManagedChannel> channels, long periodNs) {
        Outcome outcome = new Outcome();
        Phaser pending = new Phaser(1);
        long untilNs = System.nanoTime() + periodNs;
        FetchRequest request = request();
        for (int i = 0; i < 2; i++) {
            next(channels.get(i), request, outcome, pending, untilNs);
        }
        pending.arriveAndAwaitAdvance();
        return outcome;
    }

    private static void next(
            ManagedChannel channel, FetchRequest request, Outcome outcome, Phaser pending, long untilNs) {
        if (System.nanoTime() - untilNs < 0) {
            send(channel, request, outcome, pending, () -> next(channel, request, outcome, pending, untilNs));
        }
    }

    /** So many in a period, evenly, whatever becomes of them. */
    private static Outcome openLoop(List<ManagedChannel> channels, int count) {
        Outcome outcome = new Outcome();
        Phaser pending = new Phaser(1);
        FetchRequest request = request();
        long startNs = System.nanoTime();
        for (int i = 0; i < count; i++) {
            long dueNs = startNs + PERIOD_NS * i / count;
            for (long leftNs = dueNs - System.nanoTime(); leftNs > 0; leftNs = dueNs - System.nanoTime()) {
                LockSupport.parkNanos(leftNs);
            }
            send(channels.get(i % channels.size()), request, outcome, pending, () -> {});
        }
        pending.arriveAndAwaitAdvance();
        return outcome;
    }

    private static void send(
            ManagedChannel channel, FetchRequest request, Outcome outcome, Phaser pending, Runnable then) {
        pending.register();
        FeatureServiceGrpc.newStub(channel)
                .withDeadlineAfter(BUDGET_MS, TimeUnit.MILLISECONDS)
                .fetch(request, new StreamObserver<>() {
                    @Override
                    public void onNext(FetchResponse response) {
                        outcome.answer(response);
                    }

                    @Override
                    public void onError(Throwable failure) {
                        end(Status.fromThrowable(failure).getCode());
                    }

                    @Override
                    public void onCompleted() {
                        end(Status.Code.OK);
                    }

                    private void end(Status.Code code) {
                        outcome.end(code);
                        then.run();
                        pending.arriveAndDeregister();
                    }
                });
    }
}
