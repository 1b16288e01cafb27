package io.tilefold.ingest.kafka;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;

/** A record's value is not what the source's schema says; the message says where. Its stack is not recorded: there may be many. */
final class UndecodableException extends Exception {
    UndecodableException(String message) {
        super(message, null, false, false);
    }

    /** What a JSON parser ended with. */
    static UndecodableException malformed(IOException e) {
        if (e instanceof JsonProcessingException json) {
            long at = json.getLocation() == null ? 0 : json.getLocation().getByteOffset();
            return new UndecodableException("malformed JSON, byte " + at + ": " + json.getOriginalMessage());
        }
        return new UndecodableException("malformed JSON: " + e.getMessage());
    }
}
