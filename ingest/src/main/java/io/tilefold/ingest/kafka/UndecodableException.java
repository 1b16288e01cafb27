package io.tilefold.ingest.kafka;

/** A record's value is not what the source's schema says; the message says where. Its stack is not recorded: there may be many. */
final class UndecodableException extends Exception {
    UndecodableException(String message) {
        super(message, null, false, false);
    }
}
