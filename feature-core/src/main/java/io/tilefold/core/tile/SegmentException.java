package io.tilefold.core.tile;

/** A segment that cannot be read; the message names the file, the offset and what is wrong there. */
public final class SegmentException extends RuntimeException {
    /** What is wrong. */
    public enum Problem {
        /** Its bytes are not what its writer wrote. */
        CORRUPT,
        /** Its format, or that of its tiles, is older than this build reads. */
        TOO_OLD,
        /** Its format, or that of its tiles, is newer than this build reads. */
        TOO_NEW
    }

    private final Problem problem;

    public SegmentException(Problem problem, String message) {
        super(message);
        this.problem = problem;
    }

    public Problem problem() {
        return problem;
    }
}
