package io.tilefold.cli.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tilefold.job.JobLines;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The Spark process of a command: runs its jobs one after the other in one Spark application, so that only the first pays for starting one and for the code that Spark
 * generates and the JVM compiles. Starts with the first job.
 *
 * <p>A job fails for itself: after one that did, and after one that died with its process, the next job has a new process. Confined to one thread; closing stops the
 * process, and so does the end of this JVM.
 */
public final class SparkProcess implements AutoCloseable {
    /** Of a job on a terminal: as long as it takes. */
    private static final Duration ANY_TIME = Duration.ofDays(10_000);

    private static final Duration END_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration ARCHIVE_TIMEOUT = Duration.ofMinutes(5);

    private final Supplier<JvmCommand> command;
    private final boolean isRepeated;
    private final boolean showsProgress;
    private @Nullable Running running;

    /** @param command starts the process, asked for each time */
    SparkProcess(Supplier<JvmCommand> command, boolean isRepeated, boolean showsProgress) {
        this.command = command;
        this.isRepeated = isRepeated;
        this.showsProgress = showsProgress;
    }

    /**
     * Of a command whose jobs print to this process's output, on a terminal with Spark's bar of each stage's tasks.
     *
     * @param installation asked for when the first job comes
     * @param cores number of local cores
     */
    @SuppressWarnings("SystemConsoleNull") // Java 17 and 21 are what it runs on
    public static SparkProcess inForeground(Supplier<Installation> installation, int cores) {
        return new SparkProcess(() -> installation.get().sparkJobs(cores), false, System.console() != null);
    }

    /** As {@link #inForeground}, of a command that will be run again and again: the first one archives the classes for the next. */
    @SuppressWarnings("SystemConsoleNull")
    public static SparkProcess repeated(Supplier<Installation> installation, int cores) {
        return new SparkProcess(() -> installation.get().sparkJobs(cores), true, System.console() != null);
    }

    /** Of a command whose jobs have logs. */
    public static SparkProcess logged(Supplier<Installation> installation, int cores) {
        return new SparkProcess(() -> installation.get().sparkJobs(cores), false, false);
    }

    /**
     * Runs a job with this process's output.
     *
     * @param tables given as {@code NAME=PATH[?format=...]}
     * @param arguments the job's, without the tables
     * @return the job's exit code, or that of the process if it died on the job
     */
    public int run(SparkJobs job, List<String> tables, List<String> arguments) throws InterruptedException {
        System.out.flush();
        return run(job, tables, arguments, System.out, System.err, ANY_TIME);
    }

    /**
     * Runs a job whose output goes to a log, behind what is there.
     *
     * @throws ChildProcessException with the log's end if it fails, or takes longer
     */
    public void run(SparkJobs job, List<String> tables, List<String> arguments, Path log, Duration timeout)
            throws InterruptedException {
        int code;
        long logStart;
        try {
            Files.createDirectories(log.toAbsolutePath().getParent());
            logStart = Files.exists(log) ? Files.size(log) : 0;
            try (OutputStream out = Files.newOutputStream(log, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
                code = run(job, tables, arguments, out, out, timeout);
                if (running != null) {
                    running.to(OutputStream.nullOutputStream(), OutputStream.nullOutputStream());
                }
            }
        } catch (IOException e) {
            throw new ChildProcessException("cannot write " + log + ": " + e.getMessage());
        }
        if (code != 0) {
            throw new ChildProcessException(
                    job.jobName() + " failed with exit code " + code + "; " + LogTail.last(log, logStart));
        }
    }

    private int run(
            SparkJobs job,
            List<String> tables,
            List<String> arguments,
            OutputStream out,
            OutputStream err,
            Duration timeout)
            throws InterruptedException {
        Running process = running == null || !running.child.isAlive() ? start() : running;
        running = process;
        process.to(out, err);
        OptionalInt code;
        try {
            code = process.run(job.request(tables, arguments), System.nanoTime() + timeout.toNanos());
        } catch (InterruptedException | RuntimeException e) {
            stop(process);
            throw e;
        }
        if (code.isEmpty() && !process.isAtEnd()) {
            stop(process);
            throw new ChildProcessException(
                    job.jobName() + " did not end within " + timeout.toMillis() + " ms and was stopped");
        }
        if (code.isEmpty()) {
            int exit = process.child.awaitExit(END_TIMEOUT);
            stop(process);
            return exit == 0 ? 1 : exit; // it ended without a word of the job
        }
        if (code.getAsInt() != 0 && code.getAsInt() != SparkJobs.NOT_YET) {
            stop(process);
        }
        return code.getAsInt();
    }

    private Running start() {
        close();
        JvmCommand starting = command.get();
        if (showsProgress) {
            starting = starting.withFirstArguments("--conf", "spark.ui.showConsoleProgress=true");
        }
        Optional<ClassArchive> toMake =
                starting.archive().filter(isRepeated ? ClassArchive::isMissing : ClassArchive::isWanted);
        if (toMake.isPresent()) {
            starting = toMake.get().making(starting, System.err);
        }
        return new Running(ChildProcess.startPiped(starting), toMake);
    }

    /** Ends the process if one runs: in order, and by force if it does not. */
    @Override
    public void close() {
        Running process = running;
        running = null;
        if (process == null) {
            return;
        }
        process.to(System.out, System.err);
        int code = process.end();
        process.archive.ifPresent(archive -> archive.ended(code, System.err));
    }

    /** Ends the process whatever it does. */
    private void stop(Running process) {
        running = null;
        process.child.close();
        process.archive.ifPresent(archive -> archive.ended(1, System.err));
    }

    /** A process that was started. */
    private static final class Running {
        private final ChildProcess child;
        private final Optional<ClassArchive> archive;
        private final List<JobOutput> outputs = new ArrayList<>();

        Running(ChildProcess child, Optional<ClassArchive> archive) {
            this.child = child;
            this.archive = archive;
            outputs.add(JobOutput.copying(child.output(), System.out, "spark-output"));
            outputs.add(JobOutput.copying(child.errors(), System.err, "spark-errors"));
        }

        void to(OutputStream out, OutputStream err) {
            outputs.get(0).to(out);
            outputs.get(1).to(err);
        }

        boolean isAtEnd() {
            return outputs.stream().allMatch(JobOutput::isAtEnd);
        }

        /** The job's exit code; empty if the process ended on it, or the time is over. */
        OptionalInt run(String request, long untilNs) throws InterruptedException {
            send(request);
            OptionalInt code = outputs.get(0).awaitReply(untilNs);
            OptionalInt again = outputs.get(1).awaitReply(untilNs);
            for (JobOutput output : outputs) {
                if (output.failure() != null) {
                    throw new ChildProcessException("the job's output cannot be written: " + output.failure());
                }
            }
            return again.isEmpty() ? again : code;
        }

        /** Of a process that is gone the streams' ends tell. */
        private void send(String line) {
            try {
                child.input().write((line + "\n").getBytes(UTF_8));
                child.input().flush();
            } catch (IOException gone) {
                // its jobs have no other way to be told
            }
        }

        int end() {
            send(JobLines.END);
            try {
                return child.awaitExit(archive.isPresent() ? ARCHIVE_TIMEOUT : END_TIMEOUT);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (ChildProcessException late) {
                // it was stopped: all its jobs had ended before
            }
            child.close();
            return 1;
        }
    }
}
