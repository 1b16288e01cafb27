package io.tilefold.cli.daily;

/** Does one step. */
public interface StepRunner {
    /** What a step's job says by its exit code that a part of its input is not there yet: later it may be. */
    int NOT_YET = 75;

    /** @return exit code: 0 done, {@link #NOT_YET}, or another for a failure that was said */
    int run(DailyStep step) throws Exception;

    /** True if it is known to be done, whoever did it. */
    default boolean isDone(DailyStep step) {
        return false;
    }
}
