package io.tilefold.batch;

/** A partition that the run needs is not there yet: nothing is wrong, and later it may succeed. Ends a job with {@link JobCommand#NOT_YET}. */
public final class NotYetException extends JobException {
    public NotYetException(String message) {
        super(message);
    }
}
