package io.tilefold.cli.process;

/** A child process that could not be started, died or did not get ready; the message has the end of its log. */
public final class ChildProcessException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ChildProcessException(String message) {
        super(message);
    }
}
