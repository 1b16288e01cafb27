package io.tilefold.serving;

import io.grpc.StatusRuntimeException;
import io.tilefold.core.value.Schema;
import org.jspecify.annotations.Nullable;

/** The key columns and contextual fields of one request, checked and in the target's order. Used by one thread at a time. */
final class RequestKeys {
    private static final String[] FIELDS = {"keys[0]", "keys[1]", "keys[2]", "keys[3]"};
    private static final @Nullable ContextualColumn[] NONE = {};

    private final KeyColumn[] columns;
    private final @Nullable ContextualColumn[] contextual;
    private final int rows;

    private RequestKeys(KeyColumn[] columns, @Nullable ContextualColumn[] contextual, int rows) {
        this.columns = columns;
        this.contextual = contextual;
        this.rows = rows;
    }

    /**
     * Checks a request's columns. One that is named as a key and as a contextual field is both.
     *
     * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT naming the column that is missing, unknown, repeated, too short or of another type
     */
    static RequestKeys of(FetchMessage request, TargetPlan target) {
        Schema keys = target.keys();
        int rows = request.rowCount();
        @Nullable KeyColumn[] columns = new KeyColumn[keys.size()];
        @Nullable ContextualColumn[] contextual = target.contextual().size() == 0
                ? NONE
                : new ContextualColumn[target.contextual().size()];
        for (int i = 0; i < request.keyCount(); i++) {
            KeySlice slice = request.key(i);
            int key = target.keyNamed(slice);
            int field = contextual.length == 0 ? -1 : target.contextualNamed(slice);
            if (key < 0 && field < 0) {
                throw unknown(field(i), slice, target);
            }
            if (key >= 0 && columns[key] != null || field >= 0 && contextual[field] != null) {
                throw Errors.invalid(
                        "KEY_REPEATED", field(i), "key " + slice.name() + " is given twice", "give each key once");
            }
            if (key >= 0) {
                columns[key] = KeyColumn.of(slice, field(i), keys.field(key), rows);
            }
            if (field >= 0) {
                contextual[field] =
                        ContextualColumn.of(slice, field(i), target.contextual().field(field), rows);
            }
        }
        return new RequestKeys(complete(columns, keys), contextual, rows);
    }

    private static StatusRuntimeException unknown(String field, KeySlice slice, TargetPlan target) {
        boolean plain = target.contextual().size() == 0;
        return Errors.invalid(
                "KEY_UNKNOWN",
                field,
                "\"" + slice.name() + "\" is no key" + (plain ? "" : " and no contextual field"),
                "the keys are " + target.keys() + (plain ? "" : ", the contextual fields " + target.contextual()));
    }

    private static KeyColumn[] complete(@Nullable KeyColumn[] columns, Schema keys) {
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
        return complete;
    }

    int rows() {
        return rows;
    }

    KeyColumn column(int key) {
        return columns[key];
    }

    /** A contextual field's column; null if the request has none. */
    @Nullable ContextualColumn contextual(int field) {
        return contextual[field];
    }

    private static String field(int index) {
        return index < FIELDS.length ? FIELDS[index] : "keys[" + index + "]";
    }
}
