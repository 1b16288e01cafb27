package io.tilefold.core.algebra;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Mean and central moments of doubles, kept by differences: update after Welford and Terriberry, merge after Chan and Pébay (P. Pébay, <i>Formulas
 * for Robust, One-Pass Parallel Computation of Covariances and Arbitrary-Order Statistical Moments</i>, SAND2008-6212, formulas 2.1 to
 * 3.1). The number of inputs is kept by the owner; no input is all zeros.
 *
 * <pre>
 *  +------------+--------------------+--------------------+-----------+------------+------------+
 *  | scale long | mean, high double  | mean, low double   | m2 double | m3 double* | m4 double* |    *) as far as the degree asks
 *  +------------+--------------------+--------------------+-----------+------------+------------+
 * </pre>
 *
 * <ul>
 *   <li>scale: all other fields are of the inputs times 2^(-128 · scale), where the largest input by magnitude decides the scale: -7 to 7, 0 for
 *       2^-64 ≤ |x| &lt; 2^64. So a fourth power neither overflows nor vanishes, whatever the unit.
 *   <li>mean: the unevaluated sum of two doubles, so that a mean of 1,000 standard deviations costs the higher moments nothing.
 *   <li>m2, m3, m4: Σ(x − mean)^j.
 * </ul>
 *
 * Equal inputs have a difference of exactly 0 from their mean, so m2 is exactly 0, in whatever tiles they come.
 */
final class Moments {
    private static final int SCALE_OFFSET = 0;
    private static final int MEAN_OFFSET = SCALE_OFFSET + Long.BYTES;
    private static final int MEAN_LOW_OFFSET = MEAN_OFFSET + Double.BYTES;
    private static final int M2_OFFSET = MEAN_LOW_OFFSET + Double.BYTES;
    private static final int M3_OFFSET = M2_OFFSET + Double.BYTES;
    private static final int M4_OFFSET = M3_OFFSET + Double.BYTES;

    private static final int SCALE_BITS = 7;
    private static final int MAX_SCALE = 7;

    private Moments() {}

    /** Bytes of moments up to this degree, 2 to 4. */
    static int length(int degree) {
        return M2_OFFSET + (degree - 1) * Double.BYTES;
    }

    /** Adds a finite input to {@code n - 1} others. */
    static void add(MutableDirectBuffer buffer, int at, int degree, long n, double input) {
        int scale = scaleFor(buffer, at, degree, n - 1, scaleOf(input));
        double x = scale == 0 ? input : input * power(-scale);
        double delta = x - get(buffer, at + MEAN_OFFSET) - get(buffer, at + MEAN_LOW_OFFSET);
        double step = delta / n;
        double m2 = get(buffer, at + M2_OFFSET);
        double term = delta * step * (n - 1);
        if (degree >= 3) {
            double m3 = get(buffer, at + M3_OFFSET);
            if (degree == 4) {
                double weight = (double) n * n - 3.0 * n + 3;
                double added = term * step * step * weight + 6 * step * step * m2 - 4 * step * m3;
                put(buffer, at + M4_OFFSET, get(buffer, at + M4_OFFSET) + added);
            }
            put(buffer, at + M3_OFFSET, m3 + term * step * (n - 2) - 3 * step * m2);
        }
        put(buffer, at + M2_OFFSET, m2 + term);
        moveMean(buffer, at, step);
    }

    /** Adds the moments of {@code nb} inputs, at least 1, to those of {@code na}. */
    static void merge(MutableDirectBuffer into, int at, int degree, long na, DirectBuffer from, int fromAt, long nb) {
        if (na == 0) {
            into.putBytes(at, from, fromAt, length(degree));
            return;
        }
        int fromScale = (int) from.getLong(fromAt + SCALE_OFFSET, LITTLE_ENDIAN);
        int scale = scaleFor(into, at, degree, na, fromScale);
        double unit = fromScale == scale ? 1 : power(fromScale - scale);
        double b2 = get(from, fromAt + M2_OFFSET) * unit * unit;
        double meanDelta = get(from, fromAt + MEAN_OFFSET) * unit - get(into, at + MEAN_OFFSET);
        double delta = meanDelta + (get(from, fromAt + MEAN_LOW_OFFSET) * unit - get(into, at + MEAN_LOW_OFFSET));
        double n = (double) na + nb;
        double step = delta / n; // powers of it stay small, whatever n
        double pairs = delta * step * na * nb;
        double a2 = get(into, at + M2_OFFSET);
        if (degree >= 3) {
            double a3 = get(into, at + M3_OFFSET);
            double b3 = get(from, fromAt + M3_OFFSET) * unit * unit * unit;
            if (degree == 4) {
                double b4 = get(from, fromAt + M4_OFFSET) * unit * unit * unit * unit;
                double weight = (double) na * na - (double) na * nb + (double) nb * nb;
                put(
                        into,
                        at + M4_OFFSET,
                        get(into, at + M4_OFFSET)
                                + b4
                                + pairs * step * step * weight
                                + 6 * step * step * ((double) na * na * b2 + (double) nb * nb * a2)
                                + 4 * step * (na * b3 - nb * a3));
            }
            put(into, at + M3_OFFSET, a3 + b3 + pairs * step * ((double) na - nb) + 3 * step * (na * b2 - nb * a2));
        }
        put(into, at + M2_OFFSET, a2 + b2 + pairs);
        moveMean(into, at, step * nb);
    }

    /** m2 / n; infinite beyond doubles. */
    static double variance(DirectBuffer buffer, int at, long n) {
        int scale = (int) buffer.getLong(at + SCALE_OFFSET, LITTLE_ENDIAN);
        return Math.scalb(get(buffer, at + M2_OFFSET) / n, scale << (SCALE_BITS + 1));
    }

    /** √n · m3 / m2^1.5; NaN where it is not defined. */
    static double skew(DirectBuffer buffer, int at, long n) {
        double m2 = get(buffer, at + M2_OFFSET);
        return n < 3 || m2 == 0 ? Double.NaN : Math.sqrt(n) * get(buffer, at + M3_OFFSET) / (m2 * Math.sqrt(m2));
    }

    /** n · m4 / m2² − 3; NaN where it is not defined. */
    static double kurtosis(DirectBuffer buffer, int at, long n) {
        double m2 = get(buffer, at + M2_OFFSET);
        return n < 4 || m2 == 0 ? Double.NaN : n * get(buffer, at + M4_OFFSET) / (m2 * m2) - 3;
    }

    private static int scaleOf(double input) {
        int scale = (Math.getExponent(input) + (1 << (SCALE_BITS - 1))) >> SCALE_BITS;
        return Math.max(-MAX_SCALE, Math.min(MAX_SCALE, scale));
    }

    /** The larger of both scales; the state is brought to it. */
    private static int scaleFor(MutableDirectBuffer buffer, int at, int degree, long inputs, int added) {
        int scale = (int) buffer.getLong(at + SCALE_OFFSET, LITTLE_ENDIAN);
        if (scale == added || (inputs > 0 && scale > added)) {
            return scale;
        }
        buffer.putLong(at + SCALE_OFFSET, added, LITTLE_ENDIAN);
        if (inputs > 0) {
            double unit = power(scale - added);
            double power = unit;
            scaleField(buffer, at + MEAN_OFFSET, unit);
            scaleField(buffer, at + MEAN_LOW_OFFSET, unit);
            for (int j = 2; j <= degree; j++) {
                power *= unit;
                scaleField(buffer, at + M2_OFFSET + (j - 2) * Double.BYTES, power);
            }
        }
        return added;
    }

    private static void scaleField(MutableDirectBuffer buffer, int at, double factor) {
        put(buffer, at, get(buffer, at) * factor + 0.0);
    }

    /** 2^(128 · scale); 0 where that is too small for any input to matter. */
    private static double power(int scale) {
        return Math.scalb(1.0, scale << SCALE_BITS);
    }

    /** mean += step, keeping what a double would lose (Knuth's two-sum, then renormalised). */
    private static void moveMean(MutableDirectBuffer buffer, int at, double step) {
        double mean = get(buffer, at + MEAN_OFFSET);
        double sum = mean + step;
        double stepPart = sum - mean;
        double lost = (mean - (sum - stepPart)) + (step - stepPart);
        double low = get(buffer, at + MEAN_LOW_OFFSET) + lost;
        double high = sum + low;
        put(buffer, at + MEAN_OFFSET, high);
        put(buffer, at + MEAN_LOW_OFFSET, low - (high - sum));
    }

    private static double get(DirectBuffer buffer, int at) {
        return buffer.getDouble(at, LITTLE_ENDIAN);
    }

    private static void put(MutableDirectBuffer buffer, int at, double value) {
        buffer.putDouble(at, value, LITTLE_ENDIAN);
    }
}
