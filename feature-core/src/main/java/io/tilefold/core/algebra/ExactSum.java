package io.tilefold.core.algebra;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Sums inside a state, 16 bytes each, free of the order of their terms as far as their kind allows.
 *
 * <pre>
 *   integers: 128-bit two's complement           floating: Neumaier's compensated sum, its first part scaled
 *  +-----------+-----------+                    +---------------------+---------------------+
 *  | low  long | high long |                    | sum * 2^-64  double | compensation double |
 *  +-----------+-----------+                    +---------------------+---------------------+
 * </pre>
 *
 * Integers are exact. Floating sums are within 2 ulp of the exact sum plus a term of order n·ε²·Σ|x| (A. Neumaier, Rundungsfehleranalyse
 * einiger Verfahren zur Summation endlicher Summen, ZAMM 54, 1974): far inside SEMANTICS.md's 1e-9 · Σ|x| for any number of inputs.
 *
 * <p>A partial sum may lie beyond the largest double though the whole does not: 1e308 + 1e308 - 1e308. So the sum is kept divided by 2^64, which no number
 * of terms makes overflow; scaling by a power of two rounds nothing but what falls below the smallest double, and that part goes to the
 * compensation, which is not scaled.
 */
final class ExactSum {
    static final int LENGTH = 2 * Long.BYTES;
    private static final double TWO_POW_64 = 0x1p64;
    private static final double SCALE = 0x1p-64;
    private static final double TWO_POW_63 = 0x1p63;

    private ExactSum() {}

    static void addLong(MutableDirectBuffer buffer, int at, long term) {
        add128(buffer, at, term, term >> 63);
    }

    static void subtractLong(MutableDirectBuffer buffer, int at, long term) {
        add128(buffer, at, -term, term > 0 ? -1 : 0);
    }

    static void mergeLongs(MutableDirectBuffer buffer, int at, DirectBuffer from, int fromAt) {
        add128(buffer, at, from.getLong(fromAt, LITTLE_ENDIAN), from.getLong(fromAt + Long.BYTES, LITTLE_ENDIAN));
    }

    private static void add128(MutableDirectBuffer buffer, int at, long low, long high) {
        long sumLow = buffer.getLong(at, LITTLE_ENDIAN) + low;
        long carry = Long.compareUnsigned(sumLow, low) < 0 ? 1 : 0;
        buffer.putLong(at, sumLow, LITTLE_ENDIAN);
        buffer.putLong(at + Long.BYTES, buffer.getLong(at + Long.BYTES, LITTLE_ENDIAN) + high + carry, LITTLE_ENDIAN);
    }

    /** The integer sum, wrapped to 64 bits. */
    static long wrapped(DirectBuffer buffer, int at) {
        return buffer.getLong(at, LITTLE_ENDIAN);
    }

    /** The integer sum as the nearest double, or its neighbour. */
    static double longsAsDouble(DirectBuffer buffer, int at) {
        long low = buffer.getLong(at, LITTLE_ENDIAN);
        long high = buffer.getLong(at + Long.BYTES, LITTLE_ENDIAN);
        if (high == low >> 63) {
            return low;
        }
        double unsignedLow = low >= 0 ? low : (low - Long.MIN_VALUE) + TWO_POW_63;
        return high * TWO_POW_64 + unsignedLow;
    }

    static void addDouble(MutableDirectBuffer buffer, int at, double term) {
        double scaled = term * SCALE;
        double underflow = term - scaled * TWO_POW_64;
        addScaled(buffer, at, scaled, underflow);
    }

    static void mergeDoubles(MutableDirectBuffer buffer, int at, DirectBuffer from, int fromAt) {
        addScaled(buffer, at, getDouble(from, fromAt), getDouble(from, fromAt + Double.BYTES));
    }

    /** The floating sum; infinite if it is beyond the largest double. */
    static double doubles(DirectBuffer buffer, int at) {
        return getDouble(buffer, at) * TWO_POW_64 + getDouble(buffer, at + Double.BYTES);
    }

    /** The floating sum over a count, finite wherever the inputs were. */
    static double meanOfDoubles(DirectBuffer buffer, int at, long count) {
        double sum = doubles(buffer, at);
        return Double.isFinite(sum) ? sum / count : getDouble(buffer, at) / count * TWO_POW_64;
    }

    private static void addScaled(MutableDirectBuffer buffer, int at, double term, double compensation) {
        double sum = getDouble(buffer, at);
        double next = sum + term;
        putDouble(buffer, at, next);
        putDouble(
                buffer,
                at + Double.BYTES,
                getDouble(buffer, at + Double.BYTES) + (lost(sum, term, next) + compensation));
    }

    /** {@link #mergeLongs} over many tiles' sums, in registers. */
    static void mergeAllLongs(MutableDirectBuffer buffer, int at, TileList tiles, int first, int offset) {
        UnsafeBuffer from = tiles.buffer();
        long low = buffer.getLong(at, LITTLE_ENDIAN);
        long high = buffer.getLong(at + Long.BYTES, LITTLE_ENDIAN);
        for (int i = first; i < tiles.size(); i++) {
            int fromAt = tiles.tile(i) + offset;
            long term = from.getLong(fromAt, LITTLE_ENDIAN);
            low += term;
            high += from.getLong(fromAt + Long.BYTES, LITTLE_ENDIAN) + (Long.compareUnsigned(low, term) < 0 ? 1 : 0);
        }
        buffer.putLong(at, low, LITTLE_ENDIAN);
        buffer.putLong(at + Long.BYTES, high, LITTLE_ENDIAN);
    }

    /** {@link #mergeDoubles} over many tiles' sums, in registers. */
    static void mergeAllDoubles(MutableDirectBuffer buffer, int at, TileList tiles, int first, int offset) {
        UnsafeBuffer from = tiles.buffer();
        double sum = getDouble(buffer, at);
        double compensation = getDouble(buffer, at + Double.BYTES);
        for (int i = first; i < tiles.size(); i++) {
            int fromAt = tiles.tile(i) + offset;
            double term = getDouble(from, fromAt);
            double next = sum + term;
            compensation += lost(sum, term, next) + getDouble(from, fromAt + Double.BYTES);
            sum = next;
        }
        putDouble(buffer, at, sum);
        putDouble(buffer, at + Double.BYTES, compensation);
    }

    /** What {@code next = sum + term}, all scaled, rounded away, not scaled. */
    private static double lost(double sum, double term, double next) {
        return (Math.abs(sum) >= Math.abs(term) ? (sum - next) + term : (term - next) + sum) * TWO_POW_64;
    }

    private static double getDouble(DirectBuffer buffer, int at) {
        return Double.longBitsToDouble(buffer.getLong(at, LITTLE_ENDIAN));
    }

    private static void putDouble(MutableDirectBuffer buffer, int at, double value) {
        buffer.putLong(at, Double.doubleToRawLongBits(value), LITTLE_ENDIAN);
    }
}
