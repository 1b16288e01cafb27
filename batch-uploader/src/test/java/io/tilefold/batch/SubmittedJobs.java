package io.tilefold.batch;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tilefold.batch.process.JobProcess;
import io.tilefold.job.JobLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/** The job jar's process of several jobs, submitted as {@link SubmittedJob} is and told what to do as a command tells it. Thread safe: one job at a time. */
final class SubmittedJobs implements AutoCloseable {
    private static final long TIMEOUT_S = 120;

    private final Path logs;
    private final Process process;
    private int outLength;
    private int errLength;

    /** @param logs a directory of its own */
    SubmittedJobs(Path logs, List<String> jvmFlags) throws IOException {
        this.logs = logs;
        this.process = SubmittedJob.start(logs, jvmFlags, JobProcess.class);
    }

    /** Runs a job to its end. */
    synchronized SubmittedJob.Outcome run(String job, String... arguments) throws IOException, InterruptedException {
        process.getOutputStream().write((JobLines.request(job, List.of(arguments)) + "\n").getBytes(UTF_8));
        process.getOutputStream().flush();
        long untilNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_S);
        while (true) {
            String out = Files.readString(logs.resolve("out")).substring(outLength);
            String err = Files.readString(logs.resolve("err")).substring(errLength);
            OptionalInt code = exitCode(out);
            if (code.isPresent() && exitCode(err).equals(code)) {
                outLength += out.length();
                errLength += err.length();
                return new SubmittedJob.Outcome(code.getAsInt(), out, err);
            }
            if (!process.isAlive() || System.nanoTime() - untilNs > 0) {
                throw new AssertionError(
                        job + " did not end, its process " + (process.isAlive() ? "runs" : "ended") + ": " + out + err);
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private static OptionalInt exitCode(String printed) {
        int at = printed.indexOf(JobLines.REPLY);
        return at < 0
                ? OptionalInt.empty()
                : JobLines.exitCode(printed.substring(at, Math.max(at, printed.indexOf('\n', at) + 1)));
    }

    /** Tells it to end, and returns its exit code. */
    int end() throws IOException, InterruptedException {
        process.getOutputStream().write((JobLines.END + "\n").getBytes(UTF_8));
        process.getOutputStream().flush();
        if (!process.waitFor(TIMEOUT_S, TimeUnit.SECONDS)) {
            throw new AssertionError("the process of jobs does not end");
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
