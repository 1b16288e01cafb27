package io.tilefold.cli.daily;

import io.grpc.ManagedChannel;
import io.tilefold.cli.process.SparkJobs;
import io.tilefold.cli.process.SparkProcess;
import io.tilefold.client.NodeCredentials;
import io.tilefold.client.admin.AdminClient;
import io.tilefold.client.admin.NodeStatus;
import io.tilefold.client.call.CallException;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Names;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Steps as Spark jobs of this machine, one after the other in one process while none fails. Staging queries, values and training sets are written below one directory, each under its name in SEMANTICS.md §7; the tables of staging
 * queries and the outputs of joins that GroupBys read are known to all jobs. Uploads keep the tiles of day partitions there from one day to the next, and leave a record of each commit. An upload is done when the ingest node says that it has committed the day with this definition. Confined to one thread.
 */
public final class SparkSteps implements StepRunner {
    /** Below the directory of results: tiles of day partitions, and a record of each commit. */
    private static final String TILES = "_tilefold_tiles";

    private static final String RECORDS = "_tilefold_uploads";

    private final SparkProcess spark;
    private final Path catalogFile;
    private final LocalDate day;
    private final Path out;
    private final List<String> ingest;
    private final NodeCredentials credentials;
    private final List<String> tables;
    private final Set<String> between;
    private @Nullable List<NodeStatus> statuses;
    private boolean applied;

    /**
     * @param spark where the jobs run
     * @param out where results are written
     * @param ingest address of an ingest node of each shard group
     * @param credentials with which they are reached
     * @param tables as given with {@code --table}
     */
    public SparkSteps(
            SparkProcess spark,
            Catalog catalog,
            Path catalogFile,
            LocalDate day,
            Path out,
            List<String> ingest,
            NodeCredentials credentials,
            List<String> tables) {
        this.spark = spark;
        this.catalogFile = catalogFile;
        this.day = day;
        this.out = out;
        this.ingest = List.copyOf(ingest);
        this.credentials = credentials;
        this.tables = new ArrayList<>(tables);
        this.between = DailyPlan.tablesBetween(catalog);
        between.stream()
                .filter(table -> tables.stream().noneMatch(given -> given.startsWith(table + "=")))
                .filter(table -> Files.isDirectory(out.resolve(table)))
                .forEach(table -> this.tables.add(table + "=" + out.resolve(table)));
    }

    @Override
    public int run(DailyStep step) throws InterruptedException, IOException {
        if (step.kind() == DailyStep.Kind.UPLOAD && !applied) {
            byte[] bytes = Files.readAllBytes(catalogFile);
            var unused = ofEach(node -> node.applyCatalog(bytes));
            applied = true;
        }
        SparkJobs job = step.kind() == DailyStep.Kind.UPLOAD ? SparkJobs.UPLOAD : SparkJobs.BACKFILL;
        int code = spark.run(job, tables, arguments(step));
        boolean isTable = step.kind() == DailyStep.Kind.STAGE || step.kind() == DailyStep.Kind.TRAIN;
        if (code == 0 && isTable) {
            String table = Names.clean(step.name());
            if (between.contains(table) && tables.stream().noneMatch(given -> given.startsWith(table + "="))) {
                tables.add(table + "=" + out.resolve(table));
            }
        }
        return code;
    }

    /** Of a node that cannot be asked nothing is known: the upload will say why. */
    @Override
    public boolean isDone(DailyStep step) {
        if (statuses == null) {
            try {
                statuses = ofEach(AdminClient::status);
            } catch (CallException | IOException unreachable) {
                return false;
            }
        }
        return statuses.stream().allMatch(status -> hasCommitted(status, step));
    }

    private boolean hasCommitted(NodeStatus status, DailyStep step) {
        long batchEndMs =
                day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
        return status.groupBys().stream()
                .anyMatch(groupBy -> groupBy.name().equals(step.name())
                        && groupBy.definitionId().hex().equals(step.definitionId())
                        && groupBy.batchEndMs().orElse(Long.MIN_VALUE) >= batchEndMs);
    }

    private <T> List<T> ofEach(Function<AdminClient, T> question) throws IOException {
        List<T> answers = new ArrayList<>();
        for (String address : ingest) {
            ManagedChannel channel = credentials.channel(address).build();
            try {
                answers.add(question.apply(new AdminClient(channel)));
            } finally {
                channel.shutdownNow();
            }
        }
        return answers;
    }

    private List<String> arguments(DailyStep step) {
        if (step.kind() == DailyStep.Kind.UPLOAD) {
            List<String> arguments =
                    SparkJobs.uploadArguments(catalogFile.toString(), day.toString(), ingest, credentials);
            arguments.addAll(List.of("--group-by", step.name()));
            arguments.addAll(List.of("--keep-tiles", out.resolve(TILES).toString()));
            arguments.addAll(List.of("--records", out.resolve(RECORDS).toString()));
            return arguments;
        }
        String what = switch (step.kind()) {
            case STAGE -> "--staging-query";
            case BACKFILL -> "--group-by";
            case TRAIN, LABEL -> "--join";
            case UPLOAD -> throw new AssertionError(step);
        };
        List<String> arguments = new ArrayList<>(List.of(
                "--catalog",
                catalogFile.toString(),
                what,
                step.name(),
                "--end-ds",
                day.toString(),
                "--require-end-ds",
                "--out",
                out.resolve(Names.clean(step.name())).toString()));
        if (step.kind() == DailyStep.Kind.TRAIN) {
            arguments.add("--no-labels");
        } else if (step.kind() == DailyStep.Kind.LABEL) {
            arguments.addAll(List.of("--only-labels", "--label-end-ds", day.toString()));
        }
        return arguments;
    }
}
