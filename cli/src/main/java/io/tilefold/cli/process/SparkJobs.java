package io.tilefold.cli.process;

import io.tilefold.client.NodeCredentials;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The jobs of the job jar, as arguments for Spark's submit. */
public final class SparkJobs {
    private static final String DESCRIBE = "io.tilefold.batch.DescribeTablesJob";
    private static final String UPLOAD = "io.tilefold.batch.UploadJob";
    private static final String BACKFILL = "io.tilefold.batch.backfill.BackfillJob";

    private static final String ANALYZE = "io.tilefold.batch.analyze.AnalyzeJob";
    private static final String REPLAY_TABLES = "io.tilefold.batch.replay.ReplayTablesJob";

    private SparkJobs() {}

    /** Writes the columns of tables, given as {@code NAME=PATH[?format=...]}, to a file. */
    public static JvmCommand describe(Installation installation, int cores, List<String> tables, String out) {
        List<String> arguments = tableOptions(tables);
        arguments.addAll(List.of("--out", out));
        return installation.sparkSubmit(cores, installation.jobJar(), DESCRIBE, arguments);
    }

    /**
     * Uploads GroupBys for a day.
     *
     * @param ingest a node of each shard group
     * @param credentials with which they are reached
     * @param groupBys none: every online one of the catalog
     * @param more further arguments of the job
     */
    public static JvmCommand upload(
            Installation installation,
            int cores,
            String catalog,
            String ds,
            List<String> tables,
            List<String> ingest,
            NodeCredentials credentials,
            List<String> groupBys,
            List<String> more) {
        List<String> arguments = tableOptions(tables);
        arguments.addAll(List.of("--catalog", catalog, "--ds", ds, "--ingest", String.join(",", ingest)));
        option(arguments, "--tls-authorities", credentials.tlsAuthorities());
        option(arguments, "--tls-certificate", credentials.tlsCertificate());
        option(arguments, "--tls-key", credentials.tlsKey());
        option(arguments, "--token-file", credentials.tokenFile());
        groupBys.forEach(name -> arguments.addAll(List.of("--group-by", name)));
        arguments.addAll(more);
        return installation.sparkSubmit(cores, installation.jobJar(), UPLOAD, arguments);
    }

    /**
     * Writes a join's training set.
     *
     * @param arguments the job's, without the tables
     */
    public static JvmCommand backfill(
            Installation installation, int cores, List<String> tables, List<String> arguments) {
        List<String> all = tableOptions(tables);
        all.addAll(arguments);
        return installation.sparkSubmit(cores, installation.jobJar(), BACKFILL, all);
    }

    /**
     * Sorts events and training rows by time for a replay.
     *
     * @param arguments the job's, without the tables
     */
    public static JvmCommand replayTables(
            Installation installation, int cores, List<String> tables, List<String> arguments) {
        List<String> all = tableOptions(tables);
        all.addAll(arguments);
        return installation.sparkSubmit(cores, installation.jobJar(), REPLAY_TABLES, all);
    }

    /**
     * Looks at tables before a long run.
     *
     * @param arguments the job's, without the tables
     */
    public static JvmCommand analyze(
            Installation installation, int cores, List<String> tables, List<String> arguments) {
        List<String> all = tableOptions(tables);
        all.addAll(arguments);
        return installation.sparkSubmit(cores, installation.jobJar(), ANALYZE, all);
    }

    /** Runs a job with this process's output, on a terminal with Spark's bar of each stage's tasks, and returns its exit code. */
    @SuppressWarnings("SystemConsoleNull") // Java 17 and 21 are what it runs on
    public static int runInForeground(JvmCommand job) throws InterruptedException {
        boolean terminal = System.console() != null;
        return ChildProcess.runInForeground(
                terminal ? job.withFirstArguments("--conf", "spark.ui.showConsoleProgress=true") : job);
    }

    /** Runs a job with this process's output; throws if it fails: it has said why. */
    public static void run(JvmCommand job, String what) throws InterruptedException {
        int code = runInForeground(job);
        if (code != 0) {
            throw new IllegalStateException(what + " failed with exit code " + code + "; the lines above say why");
        }
    }

    private static void option(List<String> arguments, String name, String value) {
        if (!value.isEmpty()) {
            arguments.addAll(List.of(name, value));
        }
    }

    private static List<String> tableOptions(List<String> tables) {
        return new ArrayList<>(
                tables.stream().flatMap(table -> Stream.of("--table", table)).toList());
    }
}
