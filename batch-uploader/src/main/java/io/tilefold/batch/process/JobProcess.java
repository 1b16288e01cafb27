package io.tilefold.batch.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tilefold.batch.DescribeTablesJob;
import io.tilefold.batch.JobSession;
import io.tilefold.batch.UploadJob;
import io.tilefold.batch.analyze.AnalyzeJob;
import io.tilefold.batch.backfill.BackfillJob;
import io.tilefold.batch.replay.ReplayTablesJob;
import io.tilefold.job.JobLines;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.List;

/**
 * The Spark application that runs a command's jobs one after the other, as {@link JobLines} on its standard input say. Spark starts once, and code that it generated for one
 * job is there for the next. Each job has a session of its own; what it leaves in memory and on disk is let go before the next one.
 *
 * <p>It ends with 0 when it is told to, and with its parent. A job that fails ends nothing here: the parent decides whether it goes on with this process.
 */
public final class JobProcess {
    private JobProcess() {}

    public static void main(String[] args) throws IOException {
        PrintStream out = System.out;
        System.setOut(System.err); // libraries that greet on stdout do not do so amid what a job prints
        try (var unused = JobSession.open("tilefold", null)) {
            System.setOut(out);
            serve(System.in);
        }
    }

    /** Runs what it is told to, until it is told to end, or there is nothing to read any more. */
    static void serve(InputStream requests) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(requests, UTF_8));
        for (String line = lines.readLine(); line != null && !line.equals(JobLines.END); line = lines.readLine()) {
            List<String> words = JobLines.words(line);
            int code = run(words.get(0), words.subList(1, words.size()).toArray(String[]::new));
            reply(System.out, code);
            reply(System.err, code);
            // Shuffle files and broadcasts of the job go when the collector finds them unused, and the heap shrinks.
            System.gc();
        }
    }

    private static void reply(PrintStream out, int code) {
        out.print(JobLines.reply(code));
        out.flush();
    }

    private static int run(String job, String... arguments) {
        return switch (job) {
            case "describe" -> DescribeTablesJob.run(arguments);
            case "upload" -> UploadJob.run(arguments);
            case "backfill" -> BackfillJob.run(arguments);
            case "analyze" -> AnalyzeJob.run(arguments);
            case "replay_tables" -> ReplayTablesJob.run(arguments);
            default -> throw new IllegalArgumentException("there is no job " + job);
        };
    }
}
