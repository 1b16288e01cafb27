package io.tilefold.cli.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A role running as a child JVM: started, waited for, stopped; it never outlives this process.
 *
 * <p>Closing stops it with SIGTERM, and with SIGKILL after {@link #STOP_TIMEOUT}. The same happens when this JVM shuts down; if this
 * JVM is killed, {@link ChildMain} notices in the child. Output goes to a log file, behind what is there. Safe for use by several
 * threads.
 */
public final class ChildProcess implements AutoCloseable {
    /** How long a child may take to stop in order. */
    public static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

    private static final long POLL_INTERVAL_MS = 20;

    private final String name;
    private final Process process;
    private final Path log;
    private final long logStart;
    private final Thread shutdownHook;

    private ChildProcess(String name, Process process, Path log, long logStart) {
        this.name = name;
        this.process = process;
        this.log = log;
        this.logStart = logStart;
        this.shutdownHook = new Thread(this::stop, "stop-" + name);
    }

    /** Starts the command with stdout and stderr going to the log file, whose directory is made when missing. */
    public static ChildProcess start(JvmCommand command, Path log) {
        try {
            Files.createDirectories(log.toAbsolutePath().getParent());
            long logStart = Files.exists(log) ? Files.size(log) : 0;
            Process process = command.start(ProcessBuilder.Redirect.appendTo(log.toFile()));
            return hooked(new ChildProcess(command.name(), process, log, logStart));
        } catch (IOException e) {
            throw new ChildProcessException("cannot start " + command.name() + ": " + e.getMessage());
        }
    }

    /** Runs the command with this process's stdout and stderr, and returns its exit code. */
    public static int runInForeground(JvmCommand command) throws InterruptedException {
        try {
            Process process = command.start(ProcessBuilder.Redirect.INHERIT);
            Path terminal = Path.of("/dev/null");
            try (ChildProcess child = hooked(new ChildProcess(command.name(), process, terminal, 0))) {
                return child.process.waitFor();
            }
        } catch (IOException e) {
            throw new ChildProcessException("cannot start " + command.name() + ": " + e.getMessage());
        }
    }

    /** Starts the command with stdin, stdout and stderr at this process: {@link #input}, {@link #output}, {@link #errors}. */
    static ChildProcess startPiped(JvmCommand command) {
        try {
            return hooked(new ChildProcess(
                    command.name(), command.start(ProcessBuilder.Redirect.PIPE), Path.of("/dev/null"), 0));
        } catch (IOException e) {
            throw new ChildProcessException("cannot start " + command.name() + ": " + e.getMessage());
        }
    }

    /** What the child reads. */
    OutputStream input() {
        return process.getOutputStream();
    }

    /** What the child prints; only of one that was started with {@link #startPiped}. */
    InputStream output() {
        return process.getInputStream();
    }

    /** As {@link #output}, what it prints as errors. */
    InputStream errors() {
        return process.getErrorStream();
    }

    private static ChildProcess hooked(ChildProcess child) {
        try {
            Runtime.getRuntime().addShutdownHook(child.shutdownHook);
        } catch (IllegalStateException e) {
            child.stop();
            throw new ChildProcessException("cannot start " + child.name + ": this process is shutting down");
        }
        return child;
    }

    /** Waits for the ready line. A child that is not ready in time is stopped; either failure shows the end of its log. */
    public ReadyLine awaitReady(Duration timeout) throws InterruptedException {
        LogTail tail = new LogTail(log, logStart);
        long deadlineNs = System.nanoTime() + timeout.toNanos();
        while (true) {
            // In this order: what a process wrote before it exited is in the file once it has exited.
            boolean exited = !process.isAlive();
            for (String line : newLines(tail)) {
                ReadyLine ready = ReadyLine.parse(line).orElse(null);
                if (ready != null) {
                    return ready;
                }
            }
            if (exited) {
                close();
                throw failure("exited with code " + process.exitValue() + " before it was ready");
            }
            if (System.nanoTime() - deadlineNs > 0) {
                close();
                throw failure("was not ready after " + timeout.toMillis() + " ms and was stopped");
            }
            process.waitFor(POLL_INTERVAL_MS, TimeUnit.MILLISECONDS);
        }
    }

    /** Waits for the child to end by itself and returns its exit code; a child that does not is stopped. */
    public int awaitExit(Duration timeout) throws InterruptedException {
        if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
            close();
            throw failure("did not end within " + timeout.toMillis() + " ms and was stopped");
        }
        close();
        return process.exitValue();
    }

    /** A failure of this child, with the end of its log. */
    public ChildProcessException failure(String what) {
        return new ChildProcessException(
                name + " (process " + pid() + ") " + what + "; " + LogTail.last(log, logStart));
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public Path log() {
        return log;
    }

    /** SIGKILL, as a crash would be; returns when the process is gone. */
    public void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
        close();
    }

    /** Stops the child if it runs; returns when it is gone. */
    @Override
    public void close() {
        stop();
        try {
            Runtime.getRuntime().removeShutdownHook(shutdownHook);
        } catch (IllegalStateException e) {
            // shutting down: the hook finds the process gone
        }
    }

    private void stop() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private Iterable<String> newLines(LogTail tail) {
        try {
            return tail.newLines();
        } catch (IOException e) {
            close();
            throw new ChildProcessException("cannot read the log of " + name + ": " + e.getMessage());
        }
    }
}
