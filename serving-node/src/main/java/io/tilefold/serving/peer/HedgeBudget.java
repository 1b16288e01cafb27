package io.tilefold.serving.peer;

/**
 * Bounds second attempts to a share of the calls, so that a group that is slow because it has too much to do does not get more of it. Shared by
 * threads.
 */
final class HedgeBudget {
    /** Calls that pay for one second attempt. */
    static final int CALLS_PER_HEDGE = 10;

    /** What a quiet time may save up, in second attempts. */
    static final int MAX_SAVED = 10;

    private int credit = CALLS_PER_HEDGE * MAX_SAVED;

    /** A call has begun. */
    synchronized void call() {
        credit = Math.min(credit + 1, CALLS_PER_HEDGE * MAX_SAVED);
    }

    /** Takes a second attempt's price; false if there is not enough left. */
    synchronized boolean tryHedge() {
        if (credit < CALLS_PER_HEDGE) {
            return false;
        }
        credit -= CALLS_PER_HEDGE;
        return true;
    }
}
