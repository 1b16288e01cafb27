package io.tilefold.serving;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.StatusRuntimeException;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.serving.GeneratedColumn.WrongColumnException;

/** A contextual field as a request gives it, checked. Used by one thread at a time. */
interface ContextualColumn {
    /** Gives the values of all rows to a sink. */
    void echo(int rows, ColumnSink sink);

    /** @throws StatusRuntimeException INVALID_ARGUMENT naming the field */
    static ContextualColumn of(KeySlice slice, String field, Field contextual, int rows) {
        if (contextual.type() instanceof Scalar) {
            KeyColumn column = KeyColumn.ofContextual(slice, field, contextual, rows);
            return (count, sink) -> {
                column.rewind();
                for (int row = 0; row < count; row++) {
                    column.replay(row, sink);
                }
            };
        }
        try {
            GeneratedColumn column = GeneratedColumn.of(slice.parsed(), contextual.type(), rows);
            return (count, sink) -> {
                for (int row = 0; row < count; row++) {
                    column.put(row, sink);
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
