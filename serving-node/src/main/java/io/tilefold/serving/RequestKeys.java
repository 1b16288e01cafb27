package io.tilefold.serving;

import io.tilefold.core.value.Schema;
import org.jspecify.annotations.Nullable;

/** The key columns of one request, checked and in the target's order. Used by one thread at a time. */
final class RequestKeys {
    private static final String[] FIELDS = {"keys[0]", "keys[1]", "keys[2]", "keys[3]"};

    private final KeyColumn[] columns;
    private final int rows;

    private RequestKeys(KeyColumn[] columns, int rows) {
        this.columns = columns;
        this.rows = rows;
    }

    /** @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT naming the column that is missing, unknown, repeated, too short or of another type */
    static RequestKeys of(FetchMessage request, TargetPlan target) {
        Schema keys = target.keys();
        int rows = request.rowCount();
        @Nullable KeyColumn[] columns = new KeyColumn[keys.size()];
        for (int i = 0; i < request.keyCount(); i++) {
            KeySlice slice = request.key(i);
            int key = target.keyNamed(slice);
            if (key < 0) {
                throw Errors.invalid(
                        "KEY_UNKNOWN", field(i), "\"" + slice.name() + "\" is no key", "the keys are " + keys);
            }
            if (columns[key] != null) {
                throw Errors.invalid(
                        "KEY_REPEATED", field(i), "key " + slice.name() + " is given twice", "give each key once");
            }
            columns[key] = KeyColumn.of(slice, field(i), keys.field(key), rows);
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

    KeyColumn column(int key) {
        return columns[key];
    }

    private static String field(int index) {
        return index < FIELDS.length ? FIELDS[index] : "keys[" + index + "]";
    }
}
