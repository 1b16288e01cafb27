package io.tilefold.serving;

import io.grpc.Status;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Fetches that nobody wants, asked one round after the other so that the JVM has compiled what answers them before somebody wants one. Ends after its time, after {@value #FETCHES_MAX} fetches, or
 * when none is left that can be answered: one that fails is not asked again, unless the server was only busy. Confined to one thread; answers come on others.
 */
final class Rehearsal {
    /** Fetches without an answer at one time. */
    static final int IN_FLIGHT = 16;

    static final int FETCHES_MAX = 50_000;

    private final Server server;
    private final Semaphore places = new Semaphore(IN_FLIGHT);
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> firstFailure = new AtomicReference<>();

    /** Who is asked. */
    interface Server {
        /**
         * Asks.
         *
         * @param fetch bytes of a FetchRequest
         * @param then to be told once, by any thread: null, or why there is no answer
         */
        void ask(byte[] fetch, Consumer<@Nullable Throwable> then);
    }

    private static final class Fetch {
        final byte[] bytes;
        volatile boolean failed;

        Fetch(byte[] bytes) {
            this.bytes = bytes;
        }
    }

    Rehearsal(Server server) {
        this.server = server;
    }

    /**
     * Asks.
     *
     * @param fetches a round: bytes of FetchRequests
     * @param untilNs by {@link System#nanoTime}; whatever the server does, it returns about then
     * @param cancelled asked between fetches: true ends it
     */
    void play(List<byte[]> fetches, long untilNs, BooleanSupplier cancelled) throws InterruptedException {
        Queue<Fetch> round = new ArrayDeque<>();
        fetches.forEach(bytes -> round.add(new Fetch(bytes)));
        for (int asked = 0; asked < FETCHES_MAX && !cancelled.getAsBoolean(); asked++) {
            if (!places.tryAcquire(Math.max(0, untilNs - System.nanoTime()), TimeUnit.NANOSECONDS)
                    || System.nanoTime() - untilNs >= 0) {
                return;
            }
            Fetch fetch = nextOf(round);
            if (fetch == null) {
                return;
            }
            round.add(fetch);
            ask(fetch);
        }
    }

    private static @Nullable Fetch nextOf(Queue<Fetch> round) {
        Fetch next = round.poll();
        while (next != null && next.failed) {
            next = round.poll();
        }
        return next;
    }

    private void ask(Fetch fetch) {
        AtomicBoolean told = new AtomicBoolean();
        Consumer<@Nullable Throwable> then = failure -> {
            if (told.getAndSet(true)) {
                return;
            }
            if (failure == null) {
                answered.incrementAndGet();
            } else if (Status.fromThrowable(failure).getCode() != Status.Code.RESOURCE_EXHAUSTED) {
                fetch.failed = true;
                failed.incrementAndGet();
                firstFailure.compareAndSet(null, failure);
            }
            places.release();
        };
        try {
            server.ask(fetch.bytes, then);
        } catch (RuntimeException failure) {
            then.accept(failure);
        }
    }

    /** Fetches answered so far. */
    int answered() {
        return answered.get();
    }

    /** Fetches that failed so far. */
    int failed() {
        return failed.get();
    }

    /** Why the first of these did; null if none has. */
    @Nullable Throwable firstFailure() {
        return firstFailure.get();
    }
}
