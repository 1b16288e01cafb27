package io.tilefold.serving;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.StatusRuntimeException;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.serving.GeneratedColumn.WrongColumnException;

/** A contextual field as a request gives it, checked. Used by one thread at a time. */
interface ContextualColumn {
    /** Puts the values of all rows. */
    void echo(int rows, Columns columns, int index);

    /** @throws StatusRuntimeException INVALID_ARGUMENT naming the field */
    static ContextualColumn of(KeySlice slice, String field, Field contextual, int rows) {
        if (contextual.type() instanceof Scalar) {
            KeyColumn column = KeyColumn.ofContextual(slice, field, contextual, rows);
            return (count, columns, index) -> {
                column.rewind();
                for (int row = 0; row < count; row++) {
                    column.replay(row, columns.at(row, index));
                }
            };
        }
        try {
            GeneratedColumn column = GeneratedColumn.of(slice.parsed(), contextual.type(), rows);
            return (count, columns, index) -> {
                for (int row = 0; row < count; row++) {
                    column.put(row, columns.at(row, index));
                }
            };
        } catch (InvalidProtocolBufferException malformed) {
            throw Errors.malformed(String.valueOf(malformed.getMessage()));
        } catch (WrongColumnException wrong) {
            throw Errors.invalid(
                    "CONTEXTUAL_VALUES",
                    field,
                    "contextual field " + contextual + ": " + wrong.getMessage(),
                    "send " + contextual.type() + " values, row_count of them");
        }
    }
}
