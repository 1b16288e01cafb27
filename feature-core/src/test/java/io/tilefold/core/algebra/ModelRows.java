package io.tilefold.core.algebra;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.ObjectRows;
import io.tilefold.core.value.Schema;
import io.tilefold.testsupport.ModelEvent;
import org.agrona.concurrent.UnsafeBuffer;

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
            ObjectRows.put(
                    writer, i, schema.field(i).type(), event.get(schema.field(i).name()));
        }
        byte[] bytes = new byte[writer.finish()];
        writer.buffer().getBytes(0, bytes);
        return new FlatRow().wrap(new UnsafeBuffer(bytes), 0, bytes.length, schema.size());
    }
}
