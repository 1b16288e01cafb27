package io.tilefold.benchmarks.algebra;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** The fold of {@link NumericTiles} as one would write it for these tiles alone: no accumulator, no call, the same adds. */
final class NumericFloor {
    private final int length;
    private final int[] counts;
    private final int[] longSums;
    private final int[] doubleSums;
    private final int[] longMins;
    private final int[] longMaxs;
    private final int[] doubleMins;
    private final int[] doubleMaxs;

    NumericFloor(NumericTiles tiles) {
        length = tiles.layout.fixedEnd();
        counts = both(tiles.offsets("count", false), tiles.offsets("count", true));
        longSums = both(tiles.offsets("sum", false), tiles.offsets("average", false));
        doubleSums = both(tiles.offsets("sum", true), tiles.offsets("average", true));
        longMins = tiles.offsets("min", false);
        longMaxs = tiles.offsets("max", false);
        doubleMins = tiles.offsets("min", true);
        doubleMaxs = tiles.offsets("max", true);
    }

    private static int[] both(int[] a, int[] b) {
        return new int[] {a[0], a[1], b[0], b[1]};
    }

    /** Folds the tiles from {@code first} on into {@code into}. */
    void fold(UnsafeBuffer from, int first, UnsafeBuffer into) {
        into.putBytes(0, from, first, length);
        for (int tile = first + length; tile < first + NumericTiles.TILES * length; tile += length) {
            for (int at : counts) {
                add(from, tile + at, into, at);
            }
            for (int at : longSums) {
                add(from, tile + at, into, at);
                addWide(from, tile + at + 8, into, at + 8);
            }
            for (int at : doubleSums) {
                add(from, tile + at, into, at);
                addDouble(from, tile + at + 8, into, at + 8);
            }
            for (int at : longMins) {
                add(from, tile + at, into, at);
                putLong(into, at + 8, Math.min(getLong(into, at + 8), getLong(from, tile + at + 8)));
            }
            for (int at : longMaxs) {
                add(from, tile + at, into, at);
                putLong(into, at + 8, Math.max(getLong(into, at + 8), getLong(from, tile + at + 8)));
            }
            for (int at : doubleMins) {
                add(from, tile + at, into, at);
                putDouble(into, at + 8, Math.min(getDouble(into, at + 8), getDouble(from, tile + at + 8)));
            }
            for (int at : doubleMaxs) {
                add(from, tile + at, into, at);
                putDouble(into, at + 8, Math.max(getDouble(into, at + 8), getDouble(from, tile + at + 8)));
            }
        }
    }

    private static void add(UnsafeBuffer from, int fromAt, UnsafeBuffer into, int at) {
        putLong(into, at, getLong(into, at) + getLong(from, fromAt));
    }

    private static void addWide(UnsafeBuffer from, int fromAt, UnsafeBuffer into, int at) {
        long term = getLong(from, fromAt);
        long low = getLong(into, at) + term;
        putLong(into, at, low);
        putLong(
                into,
                at + 8,
                getLong(into, at + 8) + getLong(from, fromAt + 8) + (Long.compareUnsigned(low, term) < 0 ? 1 : 0));
    }

    private static void addDouble(UnsafeBuffer from, int fromAt, UnsafeBuffer into, int at) {
        double sum = getDouble(into, at);
        double term = getDouble(from, fromAt);
        double next = sum + term;
        putDouble(into, at, next);
        putDouble(into, at + 8, getDouble(into, at + 8) + (lost(sum, term, next) + getDouble(from, fromAt + 8)));
    }

    private static long getLong(UnsafeBuffer buffer, int at) {
        return buffer.getLong(at, LITTLE_ENDIAN);
    }

    private static void putLong(UnsafeBuffer buffer, int at, long value) {
        buffer.putLong(at, value, LITTLE_ENDIAN);
    }

    private static double getDouble(UnsafeBuffer buffer, int at) {
        return Double.longBitsToDouble(buffer.getLong(at, LITTLE_ENDIAN));
    }

    private static void putDouble(UnsafeBuffer buffer, int at, double value) {
        buffer.putLong(at, Double.doubleToRawLongBits(value), LITTLE_ENDIAN);
    }

    /** What {@code sum + term} rounded away; sums are kept divided by 2^64, their compensations are not. */
    private static double lost(double sum, double term, double next) {
        return (Math.abs(sum) >= Math.abs(term) ? (sum - next) + term : (term - next) + sum) * 0x1p64;
    }

    // ---- The same through ByteBuffers, little-endian.

    /** Folds the tiles from {@code first} on into {@code into}. */
    void fold(ByteBuffer from, int first, ByteBuffer into) {
        into.put(0, from, first, length);
        for (int tile = first + length; tile < first + NumericTiles.TILES * length; tile += length) {
            for (int at : counts) {
                add(from, tile + at, into, at);
            }
            for (int at : longSums) {
                add(from, tile + at, into, at);
                addWide(from, tile + at + 8, into, at + 8);
            }
            for (int at : doubleSums) {
                add(from, tile + at, into, at);
                addDouble(from, tile + at + 8, into, at + 8);
            }
            for (int at : longMins) {
                add(from, tile + at, into, at);
                into.putLong(at + 8, Math.min(into.getLong(at + 8), from.getLong(tile + at + 8)));
            }
            for (int at : longMaxs) {
                add(from, tile + at, into, at);
                into.putLong(at + 8, Math.max(into.getLong(at + 8), from.getLong(tile + at + 8)));
            }
            for (int at : doubleMins) {
                add(from, tile + at, into, at);
                into.putDouble(at + 8, Math.min(into.getDouble(at + 8), from.getDouble(tile + at + 8)));
            }
            for (int at : doubleMaxs) {
                add(from, tile + at, into, at);
                into.putDouble(at + 8, Math.max(into.getDouble(at + 8), from.getDouble(tile + at + 8)));
            }
        }
    }

    private static void add(ByteBuffer from, int fromAt, ByteBuffer into, int at) {
        into.putLong(at, into.getLong(at) + from.getLong(fromAt));
    }

    private static void addWide(ByteBuffer from, int fromAt, ByteBuffer into, int at) {
        long term = from.getLong(fromAt);
        long low = into.getLong(at) + term;
        into.putLong(at, low);
        into.putLong(
                at + 8,
                into.getLong(at + 8) + from.getLong(fromAt + 8) + (Long.compareUnsigned(low, term) < 0 ? 1 : 0));
    }

    private static void addDouble(ByteBuffer from, int fromAt, ByteBuffer into, int at) {
        double sum = into.getDouble(at);
        double term = from.getDouble(fromAt);
        double next = sum + term;
        into.putDouble(at, next);
        into.putDouble(at + 8, into.getDouble(at + 8) + (lost(sum, term, next) + from.getDouble(fromAt + 8)));
    }
}
