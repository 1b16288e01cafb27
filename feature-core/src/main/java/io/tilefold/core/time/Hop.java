package io.tilefold.core.time;

/** A fixed interval of the time grid. The order is from coarse to fine. The codes stand in durable files: append only. */
public enum Hop {
    DAY(1, 86_400_000L),
    HOUR(2, 3_600_000L),
    FIVE_MINUTES(3, 300_000L);

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
        return timeMs - Math.floorMod(timeMs, lengthMs);
    }

    /** The grid point at or after {@code timeMs}. */
    public long ceil(long timeMs) {
        return timeMs + Math.floorMod(-timeMs, lengthMs);
    }

    /** Number of the hop that contains {@code timeMs}, counted from the epoch. Fits an int for every year up to 22,000. */
    public int indexOf(long timeMs) {
        return Math.toIntExact(Math.floorDiv(timeMs, lengthMs));
    }

    public long startOf(int index) {
        return index * lengthMs;
    }
}
