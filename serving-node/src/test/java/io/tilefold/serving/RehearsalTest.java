package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A rehearsal before servers that answer, fail, hang and tell things twice. */
class RehearsalTest {
    private static final byte[] FIRST = {1};
    private static final byte[] SECOND = {2};
    private static final byte[] THIRD = {3};
    private static final List<byte[]> ROUND = List.of(FIRST, SECOND, THIRD);

    private final IdentityHashMap<byte[], Integer> asked = new IdentityHashMap<>();

    private static long inMs(long milliseconds) {
        return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(milliseconds);
    }

    private void count(byte[] fetch) {
        asked.merge(fetch, 1, Integer::sum);
    }

    private int asked() {
        return asked.values().stream().mapToInt(Integer::intValue).sum();
    }

    @Test
    void asksInRoundsUntilItsBoundAndNeverTooManyAtOnce() throws Exception {
        ExecutorService answering = Executors.newFixedThreadPool(2);
        AtomicInteger underWay = new AtomicInteger();
        AtomicInteger mostUnderWay = new AtomicInteger();
        Rehearsal rehearsal = new Rehearsal((fetch, then) -> {
            count(fetch);
            mostUnderWay.accumulateAndGet(underWay.incrementAndGet(), Math::max);
            answering.execute(() -> {
                underWay.decrementAndGet();
                then.accept(null);
            });
        });
        try {
            rehearsal.play(ROUND, inMs(60_000), () -> false);
        } finally {
            answering.shutdown();
        }

        assertThat(answering.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
        assertThat(rehearsal.answered()).isEqualTo(Rehearsal.FETCHES_MAX);
        assertThat(rehearsal.firstFailure()).isNull();
        assertThat(mostUnderWay.get()).isBetween(1, Rehearsal.IN_FLIGHT);
        int third = Rehearsal.FETCHES_MAX / 3;
        assertThat(asked.values()).allSatisfy(times -> assertThat(times).isBetween(third, third + 1));
    }

    @Test
    void endsWhenItsTimeIsOverThoughNobodyAnswers() throws Exception {
        Rehearsal rehearsal = new Rehearsal((fetch, then) -> count(fetch));

        rehearsal.play(ROUND, inMs(50), () -> false);

        assertThat(asked()).isEqualTo(Rehearsal.IN_FLIGHT);
        assertThat(rehearsal.answered()).isZero();
    }

    @Test
    void aFetchThatFailsIsNotAskedAgainAndTheOthersAre() throws Exception {
        Rehearsal rehearsal = new Rehearsal((fetch, then) -> {
            count(fetch);
            if (fetch == SECOND) {
                throw new IllegalStateException("thrown by the server");
            }
            then.accept(fetch == THIRD ? Status.INTERNAL.asException() : null);
        });

        rehearsal.play(ROUND, inMs(60_000), () -> asked() == 100);

        assertThat(asked).containsEntry(SECOND, 1).containsEntry(THIRD, 1).containsEntry(FIRST, 98);
        assertThat(rehearsal.answered()).isEqualTo(98);
        assertThat(rehearsal.failed()).isEqualTo(2);
        assertThat(rehearsal.firstFailure()).hasMessage("thrown by the server");
    }

    @Test
    void endsWhenEverythingFails() throws Exception {
        Rehearsal rehearsal = new Rehearsal((fetch, then) -> {
            count(fetch);
            then.accept(Status.UNAVAILABLE.asException());
        });

        rehearsal.play(ROUND, inMs(60_000), () -> false);

        assertThat(asked.values()).containsExactly(1, 1, 1);
        assertThat(rehearsal.failed()).isEqualTo(3);
    }

    @Test
    void aServerThatIsBusyIsAskedAgain() throws Exception {
        Rehearsal rehearsal = new Rehearsal((fetch, then) -> {
            count(fetch);
            then.accept(Status.RESOURCE_EXHAUSTED.asException());
        });

        rehearsal.play(ROUND, inMs(60_000), () -> asked() == 30);

        assertThat(asked()).isEqualTo(30);
        assertThat(rehearsal.answered()).isZero();
        assertThat(rehearsal.failed()).isZero();
    }

    @Test
    void whatIsToldTwiceCountsOnce() throws Exception {
        List<Consumer<@Nullable Throwable>> late = new ArrayList<>();
        Rehearsal rehearsal = new Rehearsal((fetch, then) -> {
            count(fetch);
            late.add(then);
            late.forEach(one -> one.accept(null));
        });

        rehearsal.play(ROUND, inMs(60_000), () -> asked() == 50);

        assertThat(rehearsal.answered()).isEqualTo(50);
    }

    @Test
    void nothingToAskIsNothing() throws Exception {
        Rehearsal rehearsal = new Rehearsal((fetch, then) -> count(fetch));

        rehearsal.play(List.of(), inMs(60_000), () -> false);

        assertThat(asked).isEmpty();
    }
}
