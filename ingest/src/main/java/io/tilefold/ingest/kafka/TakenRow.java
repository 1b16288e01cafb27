package io.tilefold.ingest.kafka;

import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.ingest.log.MutationRows;

/** A source's row as a GroupBy takes it: selected columns, time, key. Filled by {@link SourceProgram}, and reused; confined to one thread. */
final class TakenRow {
    final FlatRowWriter writer;
    final FlatRow row = new FlatRow();

    /** Good once {@link SourceProgram#encodeKey} has said so. */
    final KeyEncoder key = new KeyEncoder();

    /** Epoch milliseconds, or {@link MutationRows#NO_TIME}. */
    long timeMs = MutationRows.NO_TIME;

    private final int columns;

    TakenRow(int columns) {
        this.columns = columns;
        this.writer = new FlatRowWriter(columns);
    }

    /** The writer holds a row: makes it {@link #row}. */
    void finish() {
        int length = writer.finish();
        row.wrap(writer.buffer(), 0, length, columns);
    }

    /** True if selected columns, and so the keys among them, and times are the same. */
    boolean isSame(TakenRow other) {
        return timeMs == other.timeMs && row.buffer().equals(other.row.buffer());
    }
}
