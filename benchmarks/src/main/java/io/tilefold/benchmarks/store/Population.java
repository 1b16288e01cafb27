package io.tilefold.benchmarks.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.time.Hop;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The keys of the measured store and their events, by number: the same ones in every run. Key numbers ascend as their encoded bytes do.
 *
 * <p>A key has events in 1 to 9 different hops before the batch end, 5 on average: five-minute hops within the last hour, hours within the last 7
 * days, days within 30. Their ages are spread log-uniformly over a minute to 30 days, so that every window has its share. Of the 10 counted
 * columns an event sets seven in ten.
 */
final class Population {
    static final long BATCH_END_MS = 20_000 * Hop.DAY.lengthMs();

    /** A moment at which every window, the shortest too, still reaches behind the batch end. */
    static final long Q = BATCH_END_MS + 2 * Hop.FIVE_MINUTES.lengthMs();

    static final int HOPS_MAX = 9;
    static final int KEY_LENGTH = 1 + Long.BYTES;

    private static final long SEED = 0x71_1E_F0_1DL;
    private static final double MINUTES_MAX = 30 * 24 * 60;
    private static final long MINUTE_MS = 60_000;
    private static final byte INTEGER_TAG = new KeyEncoder().putLong(0).toBytes()[0];

    private final FlatRowWriter writer = new FlatRowWriter(CountsGroupBy.ROW.size());
    private final FlatRow row = new FlatRow();
    private final long[] times;
    private final long[] hops;
    private SplittableRandom random = new SplittableRandom(SEED);
    private int count;

    Population() {
        this(HOPS_MAX);
    }

    /** Keys with 1 to so many hops. */
    Population(int hopsMax) {
        times = new long[hopsMax];
        hops = new long[hopsMax];
    }

    /** Writes the encoded key, as {@link KeyEncoder} does. */
    static void encodeKey(long number, UnsafeBuffer into) {
        into.putByte(0, INTEGER_TAG);
        into.putLong(1, Long.reverseBytes(number), LITTLE_ENDIAN);
    }

    /** Turns to a key. Returns the number of its events. */
    int select(long number) {
        random = new SplittableRandom(SEED + number * 0x9E3779B97F4A7C15L);
        int wanted = 1 + random.nextInt(times.length);
        count = 0;
        while (count < wanted) {
            long ageMs = (long) (Math.exp(random.nextDouble() * Math.log(MINUTES_MAX)) * MINUTE_MS);
            insert(BATCH_END_MS - ageMs, hop(ageMs));
        }
        return count;
    }

    /** Time of the i-th event of the key, newest first. */
    long timeMs(int event) {
        return times[event];
    }

    /** The row of the key's next event; valid until the next call. */
    FlatRow row() {
        return row(random.nextLong());
    }

    /** A row of its own that sets the columns that these bits choose. */
    FlatRow newRow(long bits) {
        row(bits);
        byte[] bytes = new byte[writer.finish()];
        writer.buffer().getBytes(0, bytes);
        return new FlatRow().wrap(new UnsafeBuffer(bytes), 0, bytes.length, CountsGroupBy.ROW.size());
    }

    /** A row that sets the columns that these bits choose; valid until the next call. */
    private FlatRow row(long bits) {
        writer.reset();
        writer.putLong(0, 0);
        for (int i = 0; i < CountsGroupBy.STATES; i++) {
            if (((bits >>> (6 * i)) & 63) < 45) {
                writer.putLong(1 + i, i);
            }
        }
        int length = writer.finish();
        return row.wrap(writer.buffer(), 0, length, CountsGroupBy.ROW.size());
    }

    /** A number for the hop in which base must keep an event of this age apart. */
    private static long hop(long ageMs) {
        if (ageMs <= Hop.HOUR.lengthMs()) {
            return ageMs / Hop.FIVE_MINUTES.lengthMs();
        }
        return ageMs <= 7 * Hop.DAY.lengthMs() ? 100 + ageMs / Hop.HOUR.lengthMs() : 1_000 + ageMs / Hop.DAY.lengthMs();
    }

    private void insert(long timeMs, long hop) {
        for (int i = 0; i < count; i++) {
            if (hops[i] == hop) {
                return;
            }
        }
        int place = count;
        while (place > 0 && times[place - 1] < timeMs) {
            times[place] = times[place - 1];
            hops[place] = hops[place - 1];
            place--;
        }
        times[place] = timeMs;
        hops[place] = hop;
        count++;
    }
}
