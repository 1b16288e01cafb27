package io.tilefold.cli;

/** A command whose component is not connected to the command line in this build. */
final class NotWiredException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotWiredException(String component) {
        super("the " + component + " is not connected to the command line in this build");
    }
}
