package io.tilefold.core.algebra;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What stands at the head of a frequent items sketch in the library's format, as far as it decides how much is allocated to read it.
 *
 * <pre>
 *   0           3            4            8          32
 *  +----------+------------+------------+----------+----------------------+
 *  | ...      | lg max map | lg map     | items .. | counts, 8 each, ...  |
 *  +----------+------------+------------+----------+----------------------+
 *              byte         byte         int
 * </pre>
 */
final class FrequentPreamble {
    private static final int LG_MAX_MAP_SIZE_OFFSET = 3;
    private static final int LG_MAP_SIZE_OFFSET = 4;
    private static final int ITEMS_OFFSET = 8;
    private static final int COUNTS_OFFSET = 32;

    private FrequentPreamble() {}

    static void check(byte[] encoded, int mapSize) {
        int lgMapSize = Integer.numberOfTrailingZeros(mapSize);
        if (encoded.length < COUNTS_OFFSET
                || encoded[LG_MAX_MAP_SIZE_OFFSET] != lgMapSize
                || encoded[LG_MAP_SIZE_OFFSET] > lgMapSize) {
            throw new IllegalArgumentException("no map of at most " + mapSize);
        }
        int items = ByteBuffer.wrap(encoded).order(ByteOrder.LITTLE_ENDIAN).getInt(ITEMS_OFFSET);
        if (items < 0 || items > (encoded.length - COUNTS_OFFSET) / Long.BYTES) {
            throw new IllegalArgumentException(items + " items in " + encoded.length + " bytes");
        }
    }
}
