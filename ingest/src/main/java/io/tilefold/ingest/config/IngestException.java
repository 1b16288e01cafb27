package io.tilefold.ingest.config;

/** The node cannot start or go on; the message says what, with its value, and what to do. */
public final class IngestException extends RuntimeException {
    public IngestException(String message) {
        super(message);
    }

    public IngestException(String message, Throwable cause) {
        super(message, cause);
    }
}
