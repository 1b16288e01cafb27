package io.tilefold.batch.backfill;

/**
 * When a key is cut along time.
 *
 * @param slicesMax into at most so many slices; 1: never
 * @param partitions of a shuffle: a key is heavy if it has more rows than an average task
 * @param rowsMin and at least so many
 */
record SkewSettings(int slicesMax, int partitions, long rowsMin) {
    private static final long ROWS_MIN = 200_000;

    static SkewSettings of(int slicesMax, int partitions) {
        return new SkewSettings(slicesMax, partitions, ROWS_MIN);
    }

    /** Rows from which on a key is heavy, of so many in all. */
    double leastRows(double rows) {
        return Math.max(rowsMin, rows / partitions);
    }
}
