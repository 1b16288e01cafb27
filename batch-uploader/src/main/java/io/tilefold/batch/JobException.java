package io.tilefold.batch;

import org.jspecify.annotations.Nullable;

/** What ends a job: one sentence that names the thing, the value and what to do. Serializable without its cause: it travels from tasks. */
public final class JobException extends RuntimeException {
    public JobException(String message) {
        super(message);
    }

    public JobException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** The job's own words behind a failure that came through Spark's scheduler, in one line. */
    static String explain(Throwable failure) {
        Throwable deepest = failure;
        for (Throwable at = failure; at != null; at = at.getCause()) {
            if (at instanceof JobException && at.getMessage() != null) {
                return firstLine(at.getMessage());
            }
            deepest = at;
        }
        String message = deepest.getMessage();
        return message == null
                ? deepest.getClass().getName()
                : deepest.getClass().getSimpleName() + ": " + firstLine(message);
    }

    static String firstLine(String text) {
        int end = text.indexOf('\n');
        return (end < 0 ? text : text.substring(0, end)).strip();
    }
}
