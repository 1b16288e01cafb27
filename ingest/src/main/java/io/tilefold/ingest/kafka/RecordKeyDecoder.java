package io.tilefold.ingest.kafka;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.tilefold.core.value.Schema;
import io.tilefold.expressions.InputRow;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a record's key says of a table's row: the columns that identify it, as Debezium's JSON converter writes them, one object, bare or under {@code payload} beside {@code schema}.
 * Reused; confined to one thread.
 */
final class RecordKeyDecoder {
    private final JsonFactory json = new JsonFactory();
    private final JsonRowDecoder columns;

    RecordKeyDecoder(Schema schema) {
        this.columns = new JsonRowDecoder(schema);
    }

    /** Fills the columns that the key holds; false if it is no such key: the row is then of no use. */
    boolean decode(byte @Nullable [] key, InputRow row) {
        if (key == null) {
            return false;
        }
        try {
            JsonSpan object = find(key);
            columns.decode(key, object.offset(), object.length(), row);
            return true;
        } catch (IOException | UndecodableException e) {
            return false; // keys may be anything: who needs one says that it is missing
        }
    }

    /** True if the key decoded last holds the column, be it null. */
    boolean has(int column) {
        return columns.has(column);
    }

    private JsonSpan find(byte[] key) throws IOException, UndecodableException {
        try (JsonParser parser = json.createParser(key)) {
            if (parser.nextToken() == JsonToken.START_OBJECT) {
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    boolean isPayload = parser.currentName().equals("payload");
                    if (parser.nextToken() == JsonToken.START_OBJECT && isPayload) {
                        return JsonSpan.pass(parser, "payload");
                    }
                    parser.skipChildren();
                }
            }
        }
        return new JsonSpan(0, key.length);
    }
}
