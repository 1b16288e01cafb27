package io.tilefold.core.tile;

/** A segment whose bytes are not what its writer wrote, or of a format this code does not read; the message says which and where. */
public final class CorruptSegmentException extends RuntimeException {
    public CorruptSegmentException(String message) {
        super(message);
    }
}
