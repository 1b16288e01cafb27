package io.tilefold.batch;

import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.plan.TileTable;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.RowLayout;

/**
 * Folds the rows of one scan task to tiles before they are shuffled, as long as that makes them fewer (decision 0045). Memory: that of a {@link TileTable} of
 * {@link #TABLE_BYTES}. Confined to one thread.
 *
 * <p>It gives up, and the task's other rows go as they are: after {@link #TRIAL_ROWS} rows, if fewer than {@link #LEAST_MET_PERCENT} in a hundred of them met another of their key and
 * hop; and whenever the table is full and has fewer than {@link #LEAST_ROWS_PER_TILE} rows a tile.
 */
final class RowFold {
    /** Of the tiles of a running task. */
    static final int TABLE_BYTES = 32 << 20;

    static final int TRIAL_ROWS = 1 << 14;
    private static final int LEAST_MET_PERCENT = 2;
    private static final double LEAST_ROWS_PER_TILE = 1.25;

    /** Longer tiles, of the last hundred values for instance, are often longer than the rows that they are of. */
    private static final int TILE_IN_ROWS_MAX = 8;

    private final TileTable table;
    private boolean isOn = true;
    private boolean isTried;
    private boolean isGiving;

    /** @param tableBytes of its tiles: {@link #TABLE_BYTES} */
    RowFold(GroupByPlan plan, long batchEndMs, int tableBytes) {
        this.table = new TileTable(plan, batchEndMs, tableBytes);
    }

    /** True if tiles of this plan are short beside its rows, whatever rows they are of. */
    static boolean isFor(GroupByPlan plan) {
        int row = RowLayout.variableOffset(plan.row().size());
        return plan.tiles().isFixed() && plan.tiles().fixedEnd() <= TILE_IN_ROWS_MAX * row;
    }

    /** False once it has given up: rows go as they are. */
    boolean isOn() {
        return isOn;
    }

    /** Takes a row. */
    void add(KeyEncoder key, FlatRow row, long timeMs) {
        table.add(key, row, timeMs);
        long rows = table.rows();
        if (table.isFull()) {
            isOn = rows >= LEAST_ROWS_PER_TILE * table.size();
            isGiving = true;
        } else if (!isTried && rows == TRIAL_ROWS) {
            isTried = true;
            isOn = 100 * (rows - table.size()) >= LEAST_MET_PERCENT * rows;
            isGiving = !isOn;
        }
    }

    /** Says that no more rows come: what is left is to be given. */
    void end() {
        isGiving = true;
    }

    /** True if a tile of {@link #table} is to be given before another row is taken: the one that the table has moved to. */
    boolean next() {
        isGiving = isGiving && table.next();
        return isGiving;
    }

    TileTable table() {
        return table;
    }
}
