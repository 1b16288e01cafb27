package io.tilefold.store;

import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.time.Hop;
import io.tilefold.core.value.FlatRow;
import org.jspecify.annotations.Nullable;

/**
 * A mutation as changes to tiles, one after the other: the row before it is taken back from the tiles of its time and from that of all rows, then the row after it is
 * added. A row without a time, or of one that no tile has, is in the latter alone, as at 0, which is kept if a window is all of history. Reused; writer's thread only.
 */
final class MutationSteps {
    private final boolean keepsAllRows;
    private @Nullable FlatRow before;
    private @Nullable FlatRow after;
    private long beforeTimeMs;
    private long afterTimeMs;
    private long mutationMs;
    private int step;
    private boolean overflowed;

    MutationSteps(GroupByPlan plan) {
        this.keepsAllRows = plan.hasUnbounded();
    }

    /** Starts the steps of a mutation; times as in {@link GroupByStore#mutate}. */
    MutationSteps of(
            @Nullable FlatRow rowBefore,
            long rowBeforeMs,
            @Nullable FlatRow rowAfter,
            long rowAfterMs,
            long changedMs) {
        before = rowBefore;
        beforeTimeMs = rowBeforeMs;
        after = rowAfter;
        afterTimeMs = rowAfterMs;
        mutationMs = changedMs;
        step = 0;
        overflowed = false;
        return this;
    }

    long mutationMs() {
        return mutationMs;
    }

    /** Time of the mutation after its day's start. */
    int sinceDayMs() {
        return (int) (mutationMs - Hop.DAY.floor(mutationMs));
    }

    /** True if no tile has any of it. */
    boolean isEmpty() {
        return !keepsAllRows && !isTimed(before, beforeTimeMs) && !isTimed(after, afterTimeMs);
    }

    /** Tells the update the next step; false if there is none. */
    boolean next(TileUpdate update) {
        while (step < 4) {
            boolean isBefore = step < 2;
            boolean byTime = step % 2 == 0;
            FlatRow row = isBefore ? before : after;
            long timeMs = isBefore ? beforeTimeMs : afterTimeMs;
            TileUpdate.Change change = isBefore ? TileUpdate.Change.TAKE_BACK : TileUpdate.Change.ADD;
            step++;
            if (byTime && row != null && isTimed(row, timeMs)) {
                update.event(change, row, timeMs);
                return true;
            }
            if (!byTime && row != null && keepsAllRows) {
                update.anyTime(change, row, isInRange(timeMs) ? timeMs : 0);
                return true;
            }
        }
        return false;
    }

    /** Notes what became of a step. */
    void done(TileUpdate update) {
        overflowed |= update.overflowed();
    }

    /** True if some state went beyond its bound in one of the steps. */
    boolean overflowed() {
        return overflowed;
    }

    private static boolean isTimed(@Nullable FlatRow row, long timeMs) {
        return row != null && isInRange(timeMs);
    }

    static boolean isInRange(long timeMs) {
        return timeMs <= Hop.TIME_MS_MAX && timeMs >= -Hop.TIME_MS_MAX;
    }
}
