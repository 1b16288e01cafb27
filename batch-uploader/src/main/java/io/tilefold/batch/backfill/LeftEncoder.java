package io.tilefold.batch.backfill;

import io.tilefold.batch.Carried;
import io.tilefold.batch.Days;
import io.tilefold.batch.Expanding;
import io.tilefold.batch.JobException;
import io.tilefold.batch.JvmFlags;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.ValueType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.catalyst.InternalRow;

/** Left rows as {@link LeftRows} selects them to the bytes that {@link LeftLayout} describes. */
final class LeftEncoder implements FlatMapFunction<Iterator<InternalRow>, byte[]> {
    private static final long serialVersionUID = 1;

    private final LeftLayout layout;
    private final boolean isOfEvents;

    LeftEncoder(LeftLayout layout, boolean isOfEvents) {
        this.layout = layout;
        this.isOfEvents = isOfEvents;
    }

    @Override
    public Iterator<byte[]> call(Iterator<InternalRow> rows) {
        JvmFlags.check();
        FlatRowWriter writer = new FlatRowWriter(layout.size());
        return new Expanding<InternalRow, byte[]>(rows) {
            @Override
            protected void expand(InternalRow row) {
                give(encode(row, writer));
            }
        };
    }

    private byte[] encode(InternalRow row, FlatRowWriter writer) {
        writer.reset();
        for (int i = 0; i < layout.columns().size(); i++) {
            Carried.putVerbatim(writer, i, layout.type(i), row, i);
        }
        if (isOfEvents && row.isNullAt(layout.ts())) {
            throw new JobException("a left row has no time: " + describe(row) + ". Leave such rows out with a where");
        }
        long day = row.getLong(layout.day());
        if (!row.isNullAt(layout.ts())) {
            writer.putLong(layout.ts(), row.getLong(layout.ts()));
        }
        writer.putLong(layout.day(), day);
        writer.putLong(layout.moment(), isOfEvents ? row.getLong(layout.ts()) : (day + 1) * Days.DAY_MS);
        for (int group = 0; group < layout.groups(); group++) {
            // The row has no moment: its columns are one ahead.
            writer.putLong(layout.noKey(group), row.getBoolean(layout.noKey(group) - 1) ? 1 : 0);
        }
        byte[] bytes = new byte[writer.finish()];
        writer.buffer().getBytes(0, bytes);
        return bytes;
    }

    private static String describe(InternalRow row, int column, ValueType type) {
        if (row.isNullAt(column)) {
            return "null";
        }
        if (!(type instanceof ValueType.Scalar)) {
            return "...";
        }
        return type.isBytes()
                ? new String(row.getBinary(column), StandardCharsets.UTF_8)
                : type.isFloating() ? Double.toString(row.getDouble(column)) : Long.toString(row.getLong(column));
    }

    private String describe(InternalRow row) {
        List<String> columns = new ArrayList<>();
        for (int i = 0; i < layout.columns().size(); i++) {
            columns.add(layout.columns().field(i).name() + "=" + describe(row, i, layout.type(i)));
        }
        return String.join(", ", columns) + ", partition " + Days.of(row.getLong(layout.day()) * Days.DAY_MS);
    }
}
