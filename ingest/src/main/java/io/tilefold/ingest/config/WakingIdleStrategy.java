package io.tilefold.ingest.config;

import java.util.List;
import org.agrona.concurrent.IdleStrategy;

/**
 * Spins, then parks for longer and longer. After work it rings for the duty cycles that the work may be for, and its own
 * bell ends a park. Confined to one thread.
 */
final class WakingIdleStrategy implements IdleStrategy {
    private final int maxSpins;
    private final long minParkNs;
    private final long maxParkNs;
    private final Bell own;
    private final Bell[] next;
    private int spins;
    private long parkNs;

    WakingIdleStrategy(int maxSpins, long minParkNs, long maxParkNs, Bell own, List<Bell> next) {
        this.maxSpins = maxSpins;
        this.minParkNs = minParkNs;
        this.maxParkNs = maxParkNs;
        this.own = own;
        this.next = next.toArray(Bell[]::new);
        this.parkNs = minParkNs;
    }

    @Override
    public void idle(int workCount) {
        if (workCount <= 0) {
            idle();
            return;
        }
        for (Bell bell : next) {
            bell.ring();
        }
        reset();
    }

    @Override
    public void idle() {
        if (spins < maxSpins) {
            spins++;
            Thread.onSpinWait();
        } else {
            own.await(parkNs);
            parkNs = Math.min(2 * parkNs, maxParkNs);
        }
    }

    @Override
    public void reset() {
        spins = 0;
        parkNs = minParkNs;
    }

    @Override
    public String alias() {
        return "waking";
    }
}
