package io.tilefold.serving;

import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.value.Schema;
import io.tilefold.proto.types.v1.Column;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The key columns of one request, checked and in the target's order. Immutable. */
final class RequestKeys {
    private final KeyColumn[] columns;
    private final int rows;

    private RequestKeys(KeyColumn[] columns, int rows) {
        this.columns = columns;
        this.rows = rows;
    }

    /** @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT naming the column that is missing, unknown, repeated, too short or of another type */
    static RequestKeys of(List<Column> given, int rows, Schema keys) {
        @Nullable KeyColumn[] columns = new KeyColumn[keys.size()];
        for (int i = 0; i < given.size(); i++) {
            Column column = given.get(i);
            String field = "keys[" + i + "]";
            int key = keys.indexOf(column.getName());
            if (key < 0) {
                throw Errors.invalid(
                        "KEY_UNKNOWN", field, "\"" + column.getName() + "\" is no key", "the keys are " + keys);
            }
            if (columns[key] != null) {
                throw Errors.invalid(
                        "KEY_REPEATED", field, "key " + column.getName() + " is given twice", "give each key once");
            }
            columns[key] = KeyColumn.of(column, field, keys.field(key), rows);
        }
        KeyColumn[] complete = new KeyColumn[columns.length];
        for (int i = 0; i < columns.length; i++) {
            KeyColumn column = columns[i];
            if (column == null) {
                throw Errors.invalid(
                        "KEY_MISSING",
                        "keys",
                        "key " + keys.field(i).name() + " is missing",
                        "the keys are " + keys + "; a key without a value is given as null");
            }
            complete[i] = column;
        }
        return new RequestKeys(complete, rows);
    }

    int rows() {
        return rows;
    }

    /**
     * Encodes the key of a row.
     *
     * @param indexes of the key's columns, in the GroupBy's order
     * @return false if one of them is null
     */
    boolean encode(List<Integer> indexes, int row, KeyEncoder encoder) {
        encoder.reset();
        for (int i = 0; i < indexes.size(); i++) {
            KeyColumn column = columns[indexes.get(i)];
            if (column.isNull(row)) {
                return false;
            }
            column.put(row, encoder);
        }
        return true;
    }
}
