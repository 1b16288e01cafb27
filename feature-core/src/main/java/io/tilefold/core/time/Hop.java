package io.tilefold.core.time;

/** A fixed interval of the time grid. The order is from coarse to fine. The codes stand in durable files: append only. */
public enum Hop {
    DAY(1, Hop.DAY_MS),
    HOUR(2, Hop.HOUR_MS),
    FIVE_MINUTES(3, Hop.FIVE_MINUTES_MS);

    /** Times that an index of any hop can have, before the epoch and after it: about the years -17,000 to 21,000. */
    public static final long TIME_MS_MAX = 600_000_000_000_000L;

    private static final long DAY_MS = 86_400_000L;
    private static final long HOUR_MS = 3_600_000L;
    private static final long FIVE_MINUTES_MS = 300_000L;

    private final int code;
    private final long lengthMs;

    Hop(int code, long lengthMs) {
        this.code = code;
        this.lengthMs = lengthMs;
    }

    public int code() {
        return code;
    }

    public long lengthMs() {
        return lengthMs;
    }

    /** The grid point at or before {@code timeMs}. */
    public long floor(long timeMs) {
        return number(timeMs) * lengthMs;
    }

    /** The grid point at or after {@code timeMs}. */
    public long ceil(long timeMs) {
        return -number(-timeMs) * lengthMs;
    }

    /**
     * Number of the hop that contains {@code timeMs}, counted from the epoch. Three divisions by constants, of which the compiler makes multiplications: each
     * fold has many.
     */
    public long number(long timeMs) {
        if (this == FIVE_MINUTES) {
            return Math.floorDiv(timeMs, FIVE_MINUTES_MS);
        }
        return this == HOUR ? Math.floorDiv(timeMs, HOUR_MS) : Math.floorDiv(timeMs, DAY_MS);
    }

    /** {@link #number} as an int, which it fits for every year up to 22,000. */
    public int indexOf(long timeMs) {
        return Math.toIntExact(number(timeMs));
    }

    public long startOf(int index) {
        return index * lengthMs;
    }
}
