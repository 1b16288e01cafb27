package io.tilefold.core.tile;

/**
 * Arithmetic on CRC-32C values. A checksum of a whole follows from those of its parts, so what has been read once need not be read again.
 *
 * <p>Appending n zero bits to a message multiplies its CRC, as a polynomial over GF(2), by x^n modulo the generator. That is linear in the CRC's
 * bits: a matrix, squared for each doubling of n.
 */
final class Crc32cs {
    private static final int GENERATOR_REFLECTED = 0x82F6_3B78;

    private Crc32cs() {}

    /** The CRC-32C of two messages one behind the other. */
    static int concatenated(int first, int second, long secondLength) {
        int[] shift = byOneZeroBit();
        for (int doublings = 0; doublings < 3; doublings++) {
            shift = squared(shift);
        }
        int shifted = first;
        for (long bytes = secondLength; bytes != 0; bytes >>>= 1) {
            if ((bytes & 1) != 0) {
                shifted = product(shift, shifted);
            }
            shift = squared(shift);
        }
        return shifted ^ second;
    }

    private static int[] byOneZeroBit() {
        int[] matrix = new int[Integer.SIZE];
        matrix[0] = GENERATOR_REFLECTED;
        for (int i = 1; i < Integer.SIZE; i++) {
            matrix[i] = 1 << (i - 1);
        }
        return matrix;
    }

    private static int[] squared(int[] matrix) {
        int[] square = new int[Integer.SIZE];
        for (int i = 0; i < Integer.SIZE; i++) {
            square[i] = product(matrix, matrix[i]);
        }
        return square;
    }

    private static int product(int[] matrix, int vector) {
        int sum = 0;
        for (int rest = vector; rest != 0; rest &= rest - 1) {
            sum ^= matrix[Integer.numberOfTrailingZeros(rest)];
        }
        return sum;
    }
}
