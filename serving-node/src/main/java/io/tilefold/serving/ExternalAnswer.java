package io.tilefold.serving;

import com.google.protobuf.ByteString;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.ValueSink;
import io.tilefold.proto.external.v1.LookupResponse;
import io.tilefold.proto.serving.v1.FailureCode;
import io.tilefold.proto.types.v1.Column;
import io.tilefold.serving.GeneratedColumn.WrongColumnException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What became of asking one external source: its values by the place of a key, or why there are none. Immutable once made. */
final class ExternalAnswer {
    /** The source did not answer in time. */
    static final ExternalAnswer TIMED_OUT = new ExternalAnswer(null, Map.of(), ByteString.EMPTY);

    /** The call failed, or its answer is wrong. */
    static final ExternalAnswer FAILED =
            new ExternalAnswer(FailureCode.FAILURE_CODE_EXTERNAL_FAILED, Map.of(), ByteString.EMPTY);

    /** It failed too often, and is not asked for a while. */
    static final ExternalAnswer OFF =
            new ExternalAnswer(FailureCode.FAILURE_CODE_EXTERNAL_OFF, Map.of(), ByteString.EMPTY);

    private final @Nullable FailureCode failure;
    private final Map<String, GeneratedColumn> columns;
    private final ByteString notFound;

    private ExternalAnswer(@Nullable FailureCode failure, Map<String, GeneratedColumn> columns, ByteString notFound) {
        this.failure = failure;
        this.columns = columns;
        this.notFound = notFound;
    }

    /**
     * Checks an answer.
     *
     * @param values asked for
     * @throws WrongColumnException naming the value that is missing, given twice, or not as declared
     */
    static ExternalAnswer of(LookupResponse response, List<Field> values, int rows) throws WrongColumnException {
        Map<String, GeneratedColumn> columns = new HashMap<>();
        for (Field value : values) {
            List<Column> named = response.getValuesList().stream()
                    .filter(column -> column.getName().equals(value.name()))
                    .toList();
            if (named.size() != 1) {
                throw new WrongColumnException(named.size() + " columns are named " + value.name());
            }
            try {
                columns.put(value.name(), GeneratedColumn.of(named.get(0), value.type(), rows));
            } catch (WrongColumnException wrong) {
                throw new WrongColumnException("column " + value.name() + ": " + wrong.getMessage());
            }
        }
        return new ExternalAnswer(null, columns, response.getNotFound());
    }

    boolean isTimedOut() {
        return failure == null && columns.isEmpty();
    }

    /** Null if there is an answer, or it came too late. */
    @Nullable FailureCode failure() {
        return failure;
    }

    boolean isFound(int place) {
        return place >>> 3 >= notFound.size() || (notFound.byteAt(place >>> 3) >>> (place & 7) & 1) == 0;
    }

    /** Gives a key's value to a sink. */
    void put(String value, int place, ValueSink sink) {
        GeneratedColumn column = columns.get(value);
        if (column == null) {
            throw new IllegalStateException("value " + value + " was not asked for");
        }
        column.put(place, sink);
    }
}
