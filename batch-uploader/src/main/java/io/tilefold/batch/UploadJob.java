package io.tilefold.batch;

import io.grpc.ManagedChannel;
import io.tilefold.client.NodeCredentials;
import io.tilefold.client.upload.UploadClient;
import io.tilefold.client.upload.UploadOptions;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.job.UploadJobOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The Spark job that uploads GroupBys for a day: everything before the midnight that ends {@code --ds}, as one new version each.
 *
 * <pre>{@code
 * spark-submit --class io.tilefold.batch.UploadJob \
 *   --conf spark.driver.extraJavaOptions=--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED \
 *   --conf spark.executor.extraJavaOptions=--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED \
 *   tilefold-batch-uploader-job.jar \
 *   --catalog catalog.bin --ds 2001-02-09 --ingest ingest:7070 --table flights=/data/flights
 * }</pre>
 *
 * <p>First everything is checked: tables, partitions, columns, types, expressions, of all GroupBys. Then they are uploaded one after the
 * other; each becomes visible with its commit. The first that fails is aborted and ends the job with exit code 1 and a line that says why
 * and which were committed before it.
 */
@Command(
        name = "tilefold-upload",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Computes tiles of GroupBys from tables and uploads them to ingest nodes.")
public final class UploadJob implements Callable<Integer> {
    @Mixin
    private JobOptions options = new JobOptions();

    @Mixin
    private UploadJobOptions asked = new UploadJobOptions();

    @Option(
            names = "--ingest",
            required = true,
            split = ",",
            paramLabel = "HOST:PORT",
            description =
                    "An ingest node, as driver and executors reach it; of several shard groups one each, separated by commas.")
    private List<String> ingest = new ArrayList<>();

    @Mixin
    private NodeOptions access = new NodeOptions();

    @Option(
            names = "--work-dir",
            paramLabel = "DIR",
            description =
                    "On each executor's machine, for one segment per running task. Default: the JVM's temporary directory.")
    private Path workDirectory = Path.of(System.getProperty("java.io.tmpdir"), "tilefold-upload");

    UploadJob() {}

    /** As {@link #main}, and leaves the JVM running: for an application with a Spark session of its own. Returns the exit code. */
    public static int run(String... args) {
        return JobCommand.run(new UploadJob(), args);
    }

    public static void main(String[] args) {
        int code = run(args);
        if (code != 0) {
            System.exit(code); // returning is how a job succeeds in every deploy mode
        }
    }

    @Override
    public Integer call() throws IOException {
        JvmFlags.check();
        Catalog catalog = options.catalog();
        List<CompiledGroupBy> chosen = choose(catalog);
        LocalDate day = Days.parse("--ds", asked.ds());
        NodeCredentials credentials = access.credentials();
        List<ManagedChannel> channels = openChannels(credentials);
        try (JobSession session = options.session("tilefold upload " + asked.ds())) {
            session.evenOutScans();
            SparkSession spark = session.spark();
            List<UploadClient> nodes = channels.stream()
                    .map(channel -> new UploadClient(channel, UploadOptions.DEFAULT))
                    .toList();
            upload(spark, nodes, credentials, options.tables(spark), chosen, day);
            return 0;
        } finally {
            channels.forEach(ManagedChannel::shutdownNow);
        }
    }

    private void upload(
            SparkSession spark,
            List<UploadClient> nodes,
            NodeCredentials credentials,
            Tables found,
            List<CompiledGroupBy> chosen,
            LocalDate day) {
        PrintStream out = System.out;
        GroupByUpload.Directories directories = new GroupByUpload.Directories(
                workDirectory.toAbsolutePath().toString(), asked.tiles(), asked.records());
        List<GroupByUpload> uploads = chosen.stream()
                .map(groupBy -> new GroupByUpload(spark, found, groupBy, day))
                .toList();
        List<String> committed = new ArrayList<>();
        for (GroupByUpload upload : uploads) {
            try {
                out.println(upload.run(nodes, ingest, credentials, directories, out));
                committed.add(upload.name());
            } catch (RuntimeException e) {
                String before = committed.isEmpty() ? "nothing" : String.join(", ", committed);
                throw new JobException(
                        "GroupBy " + upload.name() + ": " + JobException.explain(e) + " (committed before it: " + before
                                + ")",
                        e);
            }
        }
    }

    private List<CompiledGroupBy> choose(Catalog catalog) {
        if (asked.groupBys().isEmpty()) {
            List<CompiledGroupBy> online = catalog.groupBys().stream()
                    .filter(groupBy -> groupBy.definition().online())
                    .toList();
            if (online.isEmpty()) {
                throw new JobException("--catalog " + options.catalogFile() + " has no online GroupBy");
            }
            return online;
        }
        return asked.groupBys().stream()
                .map(name -> JobOptions.groupBy(catalog, name))
                .toList();
    }

    private List<ManagedChannel> openChannels(NodeCredentials credentials) {
        List<ManagedChannel> channels = new ArrayList<>();
        try {
            for (String address : ingest) {
                channels.add(credentials.channel(address).build());
            }
            return channels;
        } catch (IOException e) {
            channels.forEach(ManagedChannel::shutdownNow);
            throw new JobException(String.valueOf(e.getMessage()), e);
        } catch (IllegalArgumentException e) {
            channels.forEach(ManagedChannel::shutdownNow);
            throw new JobException("--ingest: " + e.getMessage(), e);
        }
    }
}
