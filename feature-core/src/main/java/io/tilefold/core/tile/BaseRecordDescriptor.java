package io.tilefold.core.tile;

import io.tilefold.core.time.Hop;
import io.tilefold.core.value.RowLayout;

/**
 * Byte layout of a base record: everything a batch run knows of one key of one GroupBy before its batch end {@code B}, little-endian, a
 * multiple of 8 bytes.
 *
 * <pre>
 *   0               4            8          12           16           20
 *  +---------------+------------+----------+------------+------------+------------+----------+
 *  | record length | key length | days = D | hours = H  | fives = F  | all tile   | key, pad |
 *  +---------------+------------+----------+------------+------------+------------+----------+
 *    int             int          int        int          int          int
 *  +-------------------------------------------+--------------------+
 *  | D + H + F suffixes, each                  | tiles, compact     |
 *  |  hop index int | tile offset int          |                    |
 *  +-------------------------------------------+--------------------+
 *
 *  of a GroupBy of mutations the F five minutes are
 *  +-------------------------------------------+-------------------------------------------+
 *  | suffixes: hops that start before B        | forward tiles: hops that start at B or    |
 *  |                                           | later, each the rows of its hop alone;    |
 *  |                                           | behind it the newest row's time, long     |
 *  +-------------------------------------------+-------------------------------------------+
 * </pre>
 *
 * <p>A <i>suffix</i> is the tile of all events from the start of its hop up to {@code B}. Suffixes of one hop size ascend; there is one per
 * non-empty hop that a window can still reach. A window whose tail lies at {@code T} wants the first suffix at or after {@code T}: one
 * search, one tile, right for any {@code q >= B}. Suffixes with equal contents share one tile.
 *
 * <p>A <i>forward tile</i> is of rows that a table had at {@code B} and whose own time lies at or after it: they begin to count in windows with a length when {@code q}
 * has passed them. Only GroupBys of mutations (TEMPORAL entities) have any; then whatever the hops of their windows, if one has a length. They ascend behind the
 * suffixes of five minutes, which they are counted with ({@code F}); {@code B}, a midnight, divides the two.
 *
 * <p>Tile offsets count from the record's start; {@code all tile} is that of all history, rows ahead of {@code B} and rows without time included;
 * 0 if the key has no event.
 */
public final class BaseRecordDescriptor {
    public static final int RECORD_LENGTH_OFFSET = 0;
    public static final int KEY_LENGTH_OFFSET = RECORD_LENGTH_OFFSET + Integer.BYTES;
    public static final int SUFFIX_COUNTS_OFFSET = KEY_LENGTH_OFFSET + Integer.BYTES;
    public static final int ALL_TILE_OFFSET = SUFFIX_COUNTS_OFFSET + Hop.values().length * Integer.BYTES;
    public static final int KEY_OFFSET = ALL_TILE_OFFSET + Integer.BYTES;

    public static final int SUFFIX_LENGTH = 2 * Integer.BYTES;
    public static final int SUFFIX_TILE_OFFSET = Integer.BYTES;

    private BaseRecordDescriptor() {}

    /** Suffix counts and suffixes stand in the order of the hops: day, hour, five minutes. */
    public static int suffixCountOffset(Hop hop) {
        return SUFFIX_COUNTS_OFFSET + hop.ordinal() * Integer.BYTES;
    }

    public static int suffixesOffset(int keyLength) {
        return KEY_OFFSET + RowLayout.align(keyLength);
    }
}
