package io.tilefold.cli.process;

import io.tilefold.client.NodeCredentials;
import io.tilefold.job.JobLines;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The jobs of the job jar, and their arguments. */
public enum SparkJobs {
    /** Writes the columns of tables to a file. */
    DESCRIBE,

    /** Uploads GroupBys for a day. */
    UPLOAD,

    /** Writes a join's training set, a GroupBy's values or a staging query's table. */
    BACKFILL,

    /** Looks at tables before a long run. */
    ANALYZE,

    /** Sorts events and training rows by time for a replay. */
    REPLAY_TABLES;

    /** A job's exit code: a partition that it needs is not there yet. */
    public static final int NOT_YET = 75;

    /** As its process knows it. */
    String jobName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What its process is told to run it. */
    String request(List<String> tables, List<String> arguments) {
        List<String> all = new ArrayList<>();
        for (String table : tables) {
            all.addAll(List.of("--table", table));
        }
        all.addAll(arguments);
        return JobLines.request(jobName(), all);
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

    private static void option(List<String> arguments, String name, String value) {
        if (!value.isEmpty()) {
            arguments.addAll(List.of(name, value));
        }
    }
}
