package io.tilefold.batch;

import io.tilefold.core.definition.Query;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;

/**
 * The columns that a mutation table has beside those of its snapshots: SEMANTICS.md §1.
 *
 * @param time when the table changed, epoch milliseconds
 * @param reversal whether the row is the one before the change
 */
public record MutationColumns(String time, String reversal) {
    public static MutationColumns of(Query query) {
        return new MutationColumns(query.mutationTime(), query.reversal());
    }

    /** These columns behind those that a query reads. */
    public Schema with(Schema declared) {
        return with(with(declared, time, Scalar.LONG), reversal, Scalar.BOOLEAN);
    }

    private static Schema with(Schema declared, String name, Scalar type) {
        if (declared.fields().stream().anyMatch(field -> field.name().equalsIgnoreCase(name))) {
            return declared;
        }
        List<Field> fields = new ArrayList<>(declared.fields());
        fields.add(new Field(name, type));
        return new Schema(fields);
    }

    /** When the table changed; a row without is no mutation. */
    public Column timeMs() {
        return ColumnCheck.column(time).cast("bigint");
    }

    /** True of the row before a change; of one that does not say it false. */
    public Column isBefore() {
        return functions.coalesce(ColumnCheck.column(reversal).cast("boolean"), functions.lit(false));
    }
}
