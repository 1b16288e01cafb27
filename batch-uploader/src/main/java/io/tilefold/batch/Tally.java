package io.tilefold.batch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What became of a source's rows. Counted in the encoding tasks and sent through the shuffle as rows of their own (see {@link
 * EventEncoder}), so that every row is counted exactly once, however often a task is retried. Confined to one thread.
 */
final class Tally {
    private static final int COUNTERS = 5;

    /** Rows that pass the wheres. */
    long read;

    long nullKey;
    long nullTime;

    /** At or after the batch end: live's, or the next batch's. */
    long afterEnd;

    /** Before the tail of the longest window: no answer can need them. */
    long beforeReach;

    Tally add(Tally other) {
        read += other.read;
        nullKey += other.nullKey;
        nullTime += other.nullTime;
        afterEnd += other.afterEnd;
        beforeReach += other.beforeReach;
        return this;
    }

    long kept() {
        return read - nullKey - nullTime - afterEnd - beforeReach;
    }

    byte[] toBytes() {
        return ByteBuffer.allocate(COUNTERS * Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(read)
                .putLong(nullKey)
                .putLong(nullTime)
                .putLong(afterEnd)
                .putLong(beforeReach)
                .array();
    }

    static Tally fromBytes(byte[] bytes) {
        ByteBuffer counters = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        Tally tally = new Tally();
        tally.read = counters.getLong();
        tally.nullKey = counters.getLong();
        tally.nullTime = counters.getLong();
        tally.afterEnd = counters.getLong();
        tally.beforeReach = counters.getLong();
        return tally;
    }
}
