package io.tilefold.batch;

import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.ValueType;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;

/** Rows as {@link QueryRows} selects them to flat rows and keys; one after the other, confined to one thread. */
public final class FlatEvents {
    private final List<ValueType> types;
    private final List<ValueType> keyTypes;
    private final int[] keyColumns;
    private final FlatRowWriter writer;
    private final FlatRow event = new FlatRow();
    private final KeyEncoder key = new KeyEncoder();

    public FlatEvents(GroupByPlan plan) {
        this.types = plan.row().fields().stream().map(Field::type).toList();
        this.keyTypes = plan.keyTypes();
        this.keyColumns = plan.keyColumns();
        this.writer = new FlatRowWriter(types.size());
    }

    /** Number of selected columns: what a row has behind them is the caller's. */
    public int columns() {
        return types.size();
    }

    /** The row's bytes; {@link #hasKey} and {@link #key} are then of it. */
    public byte[] flat(InternalRow row) {
        return bytes(read(row));
    }

    /** The row, good until the next is read; {@link #hasKey} and {@link #key} are then of it. */
    FlatRow read(InternalRow row) {
        writer.reset();
        for (int i = 0; i < types.size(); i++) {
            Carried.put(writer, i, types.get(i), row, i);
        }
        return event.wrap(writer.buffer(), 0, writer.finish(), types.size());
    }

    /** A copy of a row's bytes. */
    static byte[] bytes(FlatRow event) {
        byte[] bytes = new byte[event.length()];
        event.buffer().getBytes(0, bytes);
        return bytes;
    }

    /** Encodes the row's key; false if a column of it is null: the row belongs to no key. */
    public boolean hasKey() {
        return key.encode(event, keyColumns, keyTypes);
    }

    public KeyEncoder key() {
        return key;
    }
}
