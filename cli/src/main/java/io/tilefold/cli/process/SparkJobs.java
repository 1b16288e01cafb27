package io.tilefold.cli.process;

import io.tilefold.client.NodeCredentials;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** The jobs of the job jar, as arguments for Spark's submit. */
public enum SparkJobs {
    /** Writes the columns of tables to a file. */
    DESCRIBE("io.tilefold.batch.DescribeTablesJob"),

    /** Uploads GroupBys for a day. */
    UPLOAD("io.tilefold.batch.UploadJob"),

    /** Writes a join's training set, a GroupBy's values or a staging query's table. */
    BACKFILL("io.tilefold.batch.backfill.BackfillJob"),

    /** Looks at tables before a long run. */
    ANALYZE("io.tilefold.batch.analyze.AnalyzeJob"),

    /** Sorts events and training rows by time for a replay. */
    REPLAY_TABLES("io.tilefold.batch.replay.ReplayTablesJob");

    /** A job's exit code: a partition that it needs is not there yet. */
    public static final int NOT_YET = 75;

    private final String mainClass;

    SparkJobs(String mainClass) {
        this.mainClass = mainClass;
    }

    /**
     * The job on local cores.
     *
     * @param tables given as {@code NAME=PATH[?format=...]}
     * @param arguments the job's, without the tables
     */
    public JvmCommand command(Installation installation, int cores, List<String> tables, List<String> arguments) {
        List<String> all = new ArrayList<>(
                tables.stream().flatMap(table -> Stream.of("--table", table)).toList());
        all.addAll(arguments);
        return installation.sparkSubmit(name().toLowerCase(Locale.ROOT), cores, installation.jobJar(), mainClass, all);
    }

    /**
     * Arguments of an upload of every online GroupBy.
     *
     * @param ingest a node of each shard group
     * @param credentials with which they are reached
     */
    public static List<String> uploadArguments(
            String catalog, String ds, List<String> ingest, NodeCredentials credentials) {
        List<String> arguments = new ArrayList<>(List.of("--catalog", catalog, "--ds", ds));
        arguments.addAll(nodeArguments(ingest, credentials));
        return arguments;
    }

    /**
     * Arguments that say where an upload goes.
     *
     * @param ingest a node of each shard group
     * @param credentials with which they are reached
     */
    public static List<String> nodeArguments(List<String> ingest, NodeCredentials credentials) {
        List<String> arguments = new ArrayList<>(List.of("--ingest", String.join(",", ingest)));
        option(arguments, "--tls-authorities", credentials.tlsAuthorities());
        option(arguments, "--tls-certificate", credentials.tlsCertificate());
        option(arguments, "--tls-key", credentials.tlsKey());
        option(arguments, "--token-file", credentials.tokenFile());
        return arguments;
    }

    /** Runs a job with this process's output, on a terminal with Spark's bar of each stage's tasks, and returns its exit code. */
    public static int runInForeground(JvmCommand job) throws InterruptedException {
        return run(job, job.archive().filter(ClassArchive::isWanted));
    }

    /** As {@link #runInForeground}, of a job that will be run again and again: the first of its kind archives its classes for the next. */
    public static int runRepeatedly(JvmCommand job) throws InterruptedException {
        return run(job, job.archive().filter(ClassArchive::isMissing));
    }

    @SuppressWarnings("SystemConsoleNull") // Java 17 and 21 are what it runs on
    private static int run(JvmCommand job, Optional<ClassArchive> toMake) throws InterruptedException {
        boolean terminal = System.console() != null;
        JvmCommand shown = terminal ? job.withFirstArguments("--conf", "spark.ui.showConsoleProgress=true") : job;
        return toMake.isPresent() ? toMake.get().runAndMake(shown, System.err) : ChildProcess.runInForeground(shown);
    }

    /** Runs a job with this process's output; throws if it fails: it has said why. */
    public static void run(JvmCommand job, String what) throws InterruptedException {
        int code = runOrNotYet(job, what);
        if (code != 0) {
            throw new IllegalStateException(what + " needs a partition that is not there yet; the lines above name it");
        }
    }

    /**
     * As {@link #run}, of a job that may find that its input is not there yet.
     *
     * @return 0, or {@link #NOT_YET}
     */
    public static int runOrNotYet(JvmCommand job, String what) throws InterruptedException {
        int code = runInForeground(job);
        if (code != 0 && code != NOT_YET) {
            throw new IllegalStateException(what + " failed with exit code " + code + "; the lines above say why");
        }
        return code;
    }

    private static void option(List<String> arguments, String name, String value) {
        if (!value.isEmpty()) {
            arguments.addAll(List.of(name, value));
        }
    }
}
