package io.tilefold.core.algebra;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.testsupport.ModelEvent;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** Model events as flat rows of a schema. */
public final class ModelRows {
    private final Schema schema;
    private final FlatRowWriter writer;

    public ModelRows(Schema schema) {
        this.schema = schema;
        this.writer = new FlatRowWriter(schema.size());
    }

    /** A row of its own, valid for ever. */
    public FlatRow row(ModelEvent event) {
        writer.reset();
        for (int i = 0; i < schema.size(); i++) {
            put(i, schema.field(i).type(), event.get(schema.field(i).name()));
        }
        byte[] bytes = new byte[writer.finish()];
        writer.buffer().getBytes(0, bytes);
        return new FlatRow().wrap(new UnsafeBuffer(bytes), 0, bytes.length, schema.size());
    }

    private void put(int column, ValueType type, @Nullable Object value) {
        if (value == null) {
            return;
        }
        if (value instanceof String text) {
            writer.putString(column, text);
        } else if (value instanceof Double number) {
            writer.putDouble(column, number);
        } else if (value instanceof Boolean bit) {
            writer.putLong(column, bit ? 1 : 0);
        } else {
            assert type.isInteger();
            writer.putLong(column, (Long) value);
        }
    }
}
