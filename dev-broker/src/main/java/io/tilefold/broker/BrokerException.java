package io.tilefold.broker;

/** Why the broker cannot start, in words for whoever started it; carries the process's exit code. */
final class BrokerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    static final int EXIT_FAILURE = 1;
    static final int EXIT_USAGE = 2;

    final int exitCode;

    private BrokerException(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    static BrokerException usage(String message) {
        return new BrokerException(EXIT_USAGE, message);
    }

    static BrokerException failure(String message) {
        return new BrokerException(EXIT_FAILURE, message);
    }
}
