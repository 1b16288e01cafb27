package io.tilefold.batch.backfill;

import io.tilefold.core.value.FlatRow;
import org.agrona.DirectBuffer;

/** One part's answers for one key after the other: rows and moments come in the order of {@link SortedRow}. Confined to one thread. */
interface PartAnswers {
    /** The next key: no row yet. */
    void start();

    /** Takes a row that counts at every moment after {@code fromMs}. */
    void apply(FlatRow row, int kind, long fromMs, long timeMs);

    /** Takes the rows of a tile: see {@link io.tilefold.core.plan.KeyTiles#merge}. */
    default void merge(int code, int index, DirectBuffer tile) {
        throw new UnsupportedOperationException();
    }

    /** Answers a left row: the flat row in {@link #buffer} from 0 to the returned length, until the next call. */
    int answer(long momentMs);

    DirectBuffer buffer();

    static PartAnswers of(PartPlan part, long leastMs) {
        if (part.passesThrough()) {
            return new PassedThrough(part);
        }
        return part.isOfEntities() ? new EntityAnswers(part) : new EventAnswers(part, leastMs);
    }
}
