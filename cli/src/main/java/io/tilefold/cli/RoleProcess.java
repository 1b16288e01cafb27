package io.tilefold.cli;

import io.tilefold.cli.process.ReadyLine;
import java.util.concurrent.atomic.AtomicBoolean;

/** The life of a role's process: start, ready line, and a stop in order when a signal comes. */
final class RoleProcess {
    private static final long STOP_TIMEOUT_MS = 8_000;

    private RoleProcess() {}

    /**
     * Prints the ready line for a started node and waits until it stops. SIGTERM and SIGINT close the node; one that is not closed
     * within {@value #STOP_TIMEOUT_MS} ms is left to the crash recovery that it has anyway. A node that stops by itself is a failure.
     */
    static int runUntilStopped(String role, RunningRole node) throws InterruptedException {
        AtomicBoolean signalled = new AtomicBoolean();
        Thread closer = new Thread(() -> close(role, node), role + "-stop");
        closer.setDaemon(true);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            signalled.set(true);
                            runBounded(role, closer);
                        },
                        role + "-shutdown"));
        System.out.println(new ReadyLine(role, node.address()));
        node.awaitStopped();
        if (signalled.get()) {
            return Tilefold.EXIT_OK;
        }
        System.err.println("tilefold " + role + ": the node stopped; its log says why");
        return Tilefold.EXIT_FAILURE;
    }

    private static void close(String role, RunningRole node) {
        try {
            node.close();
        } catch (Exception e) {
            System.err.println("tilefold " + role + ": stopping failed: " + e);
        }
    }

    private static void runBounded(String role, Thread closer) {
        closer.start();
        try {
            closer.join(STOP_TIMEOUT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (closer.isAlive()) {
            System.err.println("tilefold " + role + ": not stopped after " + STOP_TIMEOUT_MS + " ms, leaving it");
        }
    }
}
