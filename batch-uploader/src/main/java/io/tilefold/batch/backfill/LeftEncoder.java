package io.tilefold.batch.backfill;

import io.tilefold.batch.Carried;
import io.tilefold.batch.Days;
import io.tilefold.batch.JobException;
import io.tilefold.batch.JvmFlags;
import io.tilefold.core.value.FlatRowWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;

/** Left rows as {@link LeftRows} selects them to the bytes that {@link LeftLayout} describes. */
final class LeftEncoder implements MapPartitionsFunction<Row, byte[]> {
    private static final long serialVersionUID = 1;

    private final LeftLayout layout;
    private final boolean isOfEvents;

    LeftEncoder(LeftLayout layout, boolean isOfEvents) {
        this.layout = layout;
        this.isOfEvents = isOfEvents;
    }

    @Override
    public Iterator<byte[]> call(Iterator<Row> rows) {
        JvmFlags.check();
        FlatRowWriter writer = new FlatRowWriter(layout.size());
        return new Expanding<Row, byte[]>(rows) {
            @Override
            void expand(Row row) {
                give(encode(row, writer));
            }
        };
    }

    private byte[] encode(Row row, FlatRowWriter writer) {
        writer.reset();
        for (int i = 0; i < layout.columns().size(); i++) {
            Carried.putVerbatim(writer, i, layout.type(i), row.get(i));
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

    private String describe(Row row) {
        List<String> columns = new ArrayList<>();
        for (int i = 0; i < layout.columns().size(); i++) {
            Object value = row.get(i);
            columns.add(layout.columns().field(i).name() + "="
                    + (value instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : value));
        }
        return String.join(", ", columns) + ", partition " + Days.of(row.getLong(layout.day()) * Days.DAY_MS);
    }
}
