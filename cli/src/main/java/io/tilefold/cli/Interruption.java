package io.tilefold.cli;

import java.io.PrintStream;

/** Ctrl-C or SIGTERM while a command works: says what that means. Safe for use by several threads. */
final class Interruption {
    private final Thread hook;
    private volatile boolean underWay;

    private Interruption(PrintStream out, String message) {
        this.hook = new Thread(
                () -> {
                    underWay = true;
                    out.println();
                    out.println(message);
                    out.flush();
                },
                "interruption");
    }

    /** From now on an interruption prints the message. */
    static Interruption announced(PrintStream out, String message) {
        Interruption interruption = new Interruption(out, message);
        Runtime.getRuntime().addShutdownHook(interruption.hook);
        return interruption;
    }

    /** True if this process is being told to stop. */
    boolean isUnderWay() {
        return underWay;
    }

    /** The work is done: an interruption no longer means anything. */
    void ended() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            underWay = true;
        }
    }
}
