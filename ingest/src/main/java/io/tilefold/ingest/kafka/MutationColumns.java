package io.tilefold.ingest.kafka;

import io.tilefold.core.definition.Query;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.expressions.InputRow;

/**
 * The columns that a mutation table has besides its rows', where a query reads them: a topic has them in the envelope.
 *
 * @param time place of the mutation's time among the source's columns, or {@link #NOT_READ}
 * @param reversal place of what says that a row is one before its mutation, or {@link #NOT_READ}
 */
record MutationColumns(int time, int reversal) {
    private static final int NOT_READ = -1;

    /** @throws IllegalArgumentException naming a column of another type */
    static MutationColumns of(Query query, Schema schema) {
        return new MutationColumns(
                find(query.mutationTime(), Scalar.LONG, schema), find(query.reversal(), Scalar.BOOLEAN, schema));
    }

    private static int find(String name, Scalar type, Schema schema) {
        for (int i = 0; i < schema.size(); i++) {
            Field field = schema.field(i);
            if (field.name().equalsIgnoreCase(name)) {
                if (field.type() != type) {
                    throw new IllegalArgumentException("column " + field.name() + " of its source is of type "
                            + field.type() + ": mutations have it as " + type);
                }
                return i;
            }
        }
        return NOT_READ;
    }

    /** Sets them in one side's row. */
    void fill(InputRow row, long mutationMs, boolean isBefore) {
        if (time != NOT_READ) {
            row.setLong(time, mutationMs);
        }
        if (reversal != NOT_READ) {
            row.setBoolean(reversal, isBefore);
        }
    }
}
