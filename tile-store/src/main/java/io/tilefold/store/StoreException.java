package io.tilefold.store;

/** Something is wrong with a store; the message names the file or thing, the value, and what to do. */
public class StoreException extends RuntimeException {
    /** What kind of failure, for counting. */
    public enum Code {
        /** Reading or writing a file failed; a full disk is one. */
        IO,
        /** Another writer has the store open. */
        LOCKED,
        /** A file is not what was written. */
        CORRUPT,
        /** A file's format is older than this build reads. */
        TOO_OLD,
        /** A file's format is newer than this build reads. */
        TOO_NEW,
        /** The directory, a segment or an argument belongs to something else than was asked for. */
        MISMATCH,
        /** Nothing is published. */
        UNAVAILABLE,
        /** The store cannot grow further. */
        LIMIT
    }

    private final Code code;

    public StoreException(Code code, String message) {
        super(message);
        this.code = code;
    }

    public StoreException(Code code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public final Code code() {
        return code;
    }
}
