package io.tilefold.batch.backfill;

import io.tilefold.batch.CatalystRows;
import io.tilefold.core.plan.KeyTiles.Scope;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * What the shuffle of a key group sorts: left rows and the rows of the group's parts, by key and then by the moment from which they count.
 *
 * <pre>
 *   order   place of the key, 28 bits | time, 36 bits, in units of 64 ms: what the sort compares first, and nearly always alone
 *   key     encoded key; empty: no key
 *   time    left row: its moment. Part's row: it counts at every moment after this one
 *   kind    0: left row; else {@link #kind} of a part's row. So a left row comes before what begins to count at its moment
 *   ts      part's row: its own time; left row: 0
 *   bytes   left row: see {@link LeftLayout}; part's row: its flat row; tile: the tile
 * </pre>
 *
 * A place is the upper bits of the key's hash, of heavy keys one for each slice, of left rows without a key that of the row itself, so that they spread. Keys of one
 * place lie in one task, between one another: {@link OpenKeys}.
 */
final class SortedRow {
    static final int ORDER = 0;
    static final int KEY = 1;
    static final int TIME = 2;
    static final int KIND = 3;
    static final int TS = 4;
    static final int BYTES = 5;

    static final StructType SCHEMA = new StructType()
            .add("order", DataTypes.LongType, false)
            .add("key", DataTypes.BinaryType, false)
            .add("time", DataTypes.LongType, false)
            .add("kind", DataTypes.IntegerType, false)
            .add("ts", DataTypes.LongType, false)
            .add("bytes", DataTypes.BinaryType, false);

    /** Bits of {@code order} that are time: 139 years from 1970 on; what lies outside is told apart by {@code time} alone. */
    private static final int ORDER_TIME_BITS = 36;

    private static final int ORDER_TIME_SHIFT = 6;
    private static final long ORDER_TIME_MAX = (1L << ORDER_TIME_BITS) - 1;

    static final int LEFT = 0;

    private static final Scope[] SCOPES = Scope.values();
    private static final int TAKEN_BACK = 1;
    private static final int SCOPE_SHIFT = 1;
    private static final int IS_TILE = 1 << 3;
    private static final int CODE_SHIFT = 4;
    private static final int PART_SHIFT = 6;
    private static final int FIRST_PART = 1;

    private SortedRow() {}

    /**
     * A row.
     *
     * @param hash of the key; of a heavy key that of its slice
     */
    static InternalRow of(long hash, byte[] key, long timeMs, int kind, long ts, byte[] bytes) {
        long time = Math.min(Math.max(timeMs >> ORDER_TIME_SHIFT, 0), ORDER_TIME_MAX);
        long order = hash & ~ORDER_TIME_MAX | time;
        return new GenericInternalRow(new Object[] {order, key, timeMs, kind, ts, bytes});
    }

    static long place(InternalRow row) {
        return row.getLong(ORDER) >>> ORDER_TIME_BITS;
    }

    /** The shuffle: a key's rows in one partition, one behind the other, in the order in which they count. */
    static JavaRDD<InternalRow> sorted(SparkSession spark, JavaRDD<InternalRow> rows, int partitions) {
        return CatalystRows.of(CatalystRows.frame(spark, rows, SCHEMA)
                .repartition(partitions, functions.shiftrightunsigned(functions.col("order"), ORDER_TIME_BITS))
                .sortWithinPartitions(
                        functions.col("order"),
                        functions.col("time"),
                        functions.col("kind"),
                        // So that equal inputs are taken in one order whatever the order in which the shuffle delivers.
                        functions.col("ts"),
                        functions.col("bytes")));
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
