package io.tilefold.batch;

import org.jspecify.annotations.Nullable;

/** What ends a job: one sentence that names the thing, the value and what to do. Serializable without its cause: it travels from tasks. */
public class JobException extends RuntimeException {
    public JobException(String message) {
        super(message);
    }

    public JobException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /**
     * A failure in one line: the job's own words if it has some; else what failed first and why in the end, without the scheduler's report of
     * it.
     */
    public static String explain(Throwable failure) {
        String outermost = "";
        String innermost = "";
        for (Throwable at = failure; at != null; at = at.getCause()) {
            if (at instanceof JobException && at.getMessage() != null) {
                return firstLine(at.getMessage());
            }
            String words = at.getMessage() == null
                    ? at.getClass().getName()
                    : at.getClass().getSimpleName() + ": " + firstLine(at.getMessage());
            if (outermost.isEmpty() && !words.contains("Job aborted due to stage failure")) {
                outermost = words;
            }
            innermost = words;
        }
        return outermost.isEmpty() || outermost.equals(innermost) ? innermost : outermost + ": " + innermost;
    }

    public static String firstLine(String text) {
        int end = text.indexOf('\n');
        return (end < 0 ? text : text.substring(0, end)).strip();
    }
}
