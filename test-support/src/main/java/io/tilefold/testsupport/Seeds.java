package io.tilefold.testsupport;

import java.util.SplittableRandom;

/**
 * Runs a random test over several seeds and names the seed that failed. {@code -Dtilefold.seed=N} replays one seed; {@code
 * -Dtilefold.seeds=N} runs another number of them.
 */
public final class Seeds {
    private static final long FIRST = 20_010_101L;

    private Seeds() {}

    /** One run of a random test. */
    @FunctionalInterface
    public interface Body {
        void run(SplittableRandom random) throws Exception;
    }

    public static void forEach(int count, Body body) {
        Long replay = Long.getLong("tilefold.seed");
        if (replay != null) {
            run(replay, body);
            return;
        }
        int seeds = Integer.getInteger("tilefold.seeds", count);
        for (int i = 0; i < seeds; i++) {
            run(FIRST + i, body);
        }
    }

    /** As {@link #forEach}, of a test that is too long, or whose bound is too close, for thousands of seeds: with one, whatever their number is. */
    public static void one(Body body) {
        run(Long.getLong("tilefold.seed", FIRST), body);
    }

    private static void run(long seed, Body body) {
        try {
            body.run(new SplittableRandom(seed));
        } catch (Throwable failure) {
            throw new AssertionError(
                    "seed " + seed + " (replay with -Dtilefold.seed=" + seed + "): " + failure.getMessage(), failure);
        }
    }
}
