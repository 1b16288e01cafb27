package io.tilefold.ingest.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.concurrent.IdleStrategy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Parks here last an hour: a test that ends has been woken. */
@Timeout(60)
class WakingIdleStrategyTest {
    private static final long HOUR_NS = TimeUnit.HOURS.toNanos(1);
    private static final int SPINS = 10;
    private static final int CYCLES = 200;

    private final Bell own = new Bell();
    private final Bell next = new Bell();

    private IdleStrategy strategy() {
        return new WakingIdleStrategy(SPINS, HOUR_NS, HOUR_NS, own, List.of(next));
    }

    private static void idle(IdleStrategy strategy) {
        for (int i = 0; i < 2 * SPINS; i++) {
            strategy.idle(0);
        }
    }

    @Test
    void aRingBeforeTheParkKeepsFromParking() {
        IdleStrategy strategy = strategy();
        for (int i = 0; i < SPINS; i++) {
            strategy.idle(0);
        }
        for (int cycle = 0; cycle < CYCLES; cycle++) {
            own.ring();
            strategy.idle(0);
        }
    }

    @Test
    void aRingEndsAPark() throws InterruptedException {
        AtomicInteger woken = new AtomicInteger();
        Thread waiting = new Thread(() -> {
            IdleStrategy strategy = strategy();
            for (int i = 0; i < CYCLES; i++) {
                idle(strategy);
                woken.incrementAndGet();
            }
        });
        waiting.start();
        while (waiting.isAlive()) {
            own.ring();
            Thread.onSpinWait();
        }
        waiting.join();
        assertThat(woken).hasValue(CYCLES);
    }

    @Test
    void onlyWorkRingsForTheNext() throws InterruptedException {
        Thread waiting = new Thread(() -> next.await(HOUR_NS));
        waiting.start();
        await().until(() -> waiting.getState() == Thread.State.TIMED_WAITING);
        IdleStrategy strategy = strategy();
        strategy.idle(0);
        assertThat(waiting.isAlive()).isTrue();
        strategy.idle(1);
        waiting.join();
    }
}
