package io.tilefold.batch.backfill;

import io.tilefold.core.plan.KeyTiles.Scope;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * What the shuffle of a key group sorts: left rows and the rows of the group's parts, by key and then by the moment from which they count.
 *
 * <pre>
 *   hash    key hash, of heavy keys one for each slice; of left rows without a key that of the row itself, so that they spread
 *   key     encoded key; empty: no key
 *   time    left row: its moment. Part's row: it counts at every moment after this one
 *   kind    0: left row; else {@link #kind} of a part's row. So a left row comes before what begins to count at its moment
 *   ts      part's row: its own time; left row: 0
 *   bytes   left row: see {@link LeftLayout}; part's row: its flat row; tile: the tile
 * </pre>
 */
final class SortedRow {
    static final int HASH = 0;
    static final int KEY = 1;
    static final int TIME = 2;
    static final int KIND = 3;
    static final int TS = 4;
    static final int BYTES = 5;

    static final StructType SCHEMA = new StructType()
            .add("hash", DataTypes.LongType, false)
            .add("key", DataTypes.BinaryType, false)
            .add("time", DataTypes.LongType, false)
            .add("kind", DataTypes.IntegerType, false)
            .add("ts", DataTypes.LongType, false)
            .add("bytes", DataTypes.BinaryType, false);

    static final int LEFT = 0;

    private static final Scope[] SCOPES = Scope.values();
    private static final int TAKEN_BACK = 1;
    private static final int SCOPE_SHIFT = 1;
    private static final int IS_TILE = 1 << 3;
    private static final int CODE_SHIFT = 4;
    private static final int PART_SHIFT = 6;
    private static final int FIRST_PART = 1;

    private SortedRow() {}

    /** The shuffle: a key's rows in one partition, one behind the other, in the order in which they count. */
    static Dataset<Row> sorted(Dataset<Row> rows, int partitions) {
        return rows.repartition(partitions, functions.col("hash"))
                .sortWithinPartitions(
                        functions.col("hash"),
                        functions.col("key"),
                        functions.col("time"),
                        functions.col("kind"),
                        // So that equal inputs are taken in one order whatever the order in which the shuffle delivers.
                        functions.col("bytes"));
    }

    static int kind(int part, Scope scope, boolean isTakenBack) {
        return ((part + FIRST_PART) << PART_SHIFT) | (scope.ordinal() << SCOPE_SHIFT) | (isTakenBack ? TAKEN_BACK : 0);
    }

    /** Of a tile of rows that count from then on: bytes are the tile, ts is the hop's index. */
    static int kindOfTile(int part, int code) {
        return ((part + FIRST_PART) << PART_SHIFT) | (code << CODE_SHIFT) | IS_TILE;
    }

    static boolean isTile(int kind) {
        return (kind & IS_TILE) != 0;
    }

    /** Hop code of a tile. */
    static int code(int kind) {
        return (kind >>> CODE_SHIFT) & 3;
    }

    /** Index of the part in its group. */
    static int part(int kind) {
        return (kind >>> PART_SHIFT) - FIRST_PART;
    }

    static Scope scope(int kind) {
        return SCOPES[(kind >>> SCOPE_SHIFT) & 3];
    }

    static boolean isTakenBack(int kind) {
        return (kind & TAKEN_BACK) != 0;
    }
}
