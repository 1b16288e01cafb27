package io.tilefold.ingest.kafka;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;

/** Bytes of a JSON text that are one object. */
record JsonSpan(int offset, int length) {
    /**
     * The object that a parser is at, which it passes.
     *
     * @param field that holds it, for messages
     */
    static JsonSpan pass(JsonParser parser, String field) throws IOException, UndecodableException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw new UndecodableException("field " + field + " is no object but " + JsonRowDecoder.describe(parser));
        }
        long start = parser.currentTokenLocation().getByteOffset();
        parser.skipChildren();
        long end = parser.currentLocation().getByteOffset();
        if (start < 0) { // a parser of characters knows no bytes
            throw new UndecodableException("not UTF-8");
        }
        return new JsonSpan((int) start, (int) (end - start));
    }
}
