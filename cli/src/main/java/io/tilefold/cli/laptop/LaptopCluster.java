package io.tilefold.cli.laptop;

import io.tilefold.cli.config.BrokerSettings;
import io.tilefold.cli.process.ChildProcess;
import io.tilefold.cli.process.Installation;
import io.tilefold.cli.process.JvmCommand;
import io.tilefold.cli.process.ReadyLine;
import io.tilefold.cli.process.SparkJobs;
import io.tilefold.cli.process.SparkProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A Kafka broker, an ingest node with a one-member cluster and a serving node as child processes on loopback, with their files and logs in
 * one directory. The roles and their configuration are those of a deployment; only the numbers are small. Confined to one thread; closing stops
 * what runs, newest first.
 *
 * <pre>
 * DIR/{ingest,serving}.yaml    the configurations the roles were started with
 * DIR/logs/                    what they print
 * DIR/{kafka,ingest,store}/    their data
 * </pre>
 */
public final class LaptopCluster implements AutoCloseable {
    private static final Duration READY_TIMEOUT = Duration.ofSeconds(90);
    private static final Duration JOB_TIMEOUT = Duration.ofMinutes(10);
    private static final int FIRST_PORT = 20_000;
    private static final int LAST_PORT = 31_999;
    private static final int PORT_ATTEMPTS = 100;

    private final Installation installation;
    private final Path directory;
    private int servingPort;
    private @Nullable Role broker;
    private @Nullable Role ingest;
    private @Nullable Role serving;

    /** A role that runs. */
    private record Role(ChildProcess process, ReadyLine ready) {}

    /** @param directory where everything is kept; made when missing */
    public LaptopCluster(Installation installation, Path directory) throws IOException {
        this.installation = installation;
        this.directory = Files.createDirectories(directory.toAbsolutePath());
    }

    public Path directory() {
        return directory;
    }

    public void startBroker() throws InterruptedException {
        BrokerSettings settings = new BrokerSettings(directory.resolve("kafka"), "127.0.0.1", 0, List.of());
        broker = start("kafka", installation.broker(settings));
    }

    /** Starts the ingest node, or starts it again on its data at its former port. */
    public void startIngest() throws InterruptedException, IOException {
        int port = ingest == null ? 0 : ingest.ready().port();
        Path config = directory.resolve("ingest.yaml");
        Files.writeString(config, """
                host: 127.0.0.1
                dataDir: %s
                storeDir: %s
                shardCount: 4
                kafkaBootstrap: %s
                servingNodes: ["127.0.0.1:%d"]
                grpcPort: %d
                clusterPortBase: 0
                """.formatted(
                quoted(directory.resolve("ingest")), quoted(directory.resolve("store")), kafka(), servingPort(), port));
        ingest = start("ingest", installation.ingest(List.of("--config", config.toString())));
    }

    /** Starts the serving node, or starts it again at its former port. */
    public void startServing() throws InterruptedException, IOException {
        Path config = directory.resolve("serving.yaml");
        Files.writeString(config, """
                host: 127.0.0.1
                port: %d
                storeDirs: [%s]
                """.formatted(servingPort(), quoted(directory.resolve("store"))));
        serving = start("serve", installation.serve(List.of("--config", config.toString())));
    }

    /**
     * The ingest node asks the serving node, which starts behind it: its port is chosen before both, below those that Linux gives to outgoing connections, so that none of these
     * takes it meanwhile.
     */
    private int servingPort() throws IOException {
        if (servingPort == 0) {
            servingPort = new Random()
                    .ints(PORT_ATTEMPTS, FIRST_PORT, LAST_PORT + 1)
                    .filter(LaptopCluster::isFree)
                    .findFirst()
                    .orElseThrow(() -> new IOException("none of " + PORT_ATTEMPTS + " ports between " + FIRST_PORT
                            + " and " + LAST_PORT + " was free for the serving node: end what listens there"));
        }
        return servingPort;
    }

    private static boolean isFree(int port) {
        try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return free.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    /** SIGKILL, as a crash would be. */
    public void killIngest() throws InterruptedException {
        running(ingest, "ingest").process().kill();
    }

    /** SIGKILL, as a crash would be. */
    public void killServing() throws InterruptedException {
        running(serving, "serve").process().kill();
    }

    /**
     * Runs a Spark job of at most ten minutes; its output goes to a log.
     *
     * @param spark where it runs
     * @throws io.tilefold.cli.process.ChildProcessException with the log's end if it fails
     */
    public void run(String name, SparkProcess spark, SparkJobs job, List<String> tables, List<String> arguments)
            throws InterruptedException {
        spark.run(job, tables, arguments, log(name), JOB_TIMEOUT);
    }

    /** The lines of a role's or job's log that contain a word. */
    public List<String> logLines(String name, String word) {
        try (Stream<String> lines = Files.lines(log(name))) {
            return lines.filter(line -> line.contains(word)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Kafka's bootstrap server. */
    public String kafka() {
        return running(broker, "kafka").ready().address();
    }

    /** Address of the upload and admin services. */
    public String ingest() {
        return running(ingest, "ingest").ready().address();
    }

    /** Address of the feature service. */
    public String serving() {
        return running(serving, "serve").ready().address();
    }

    /** Process ids of what runs, in the order to stop them. */
    public List<Long> processIds() {
        return List.of(
                running(serving, "serve").process().pid(),
                running(ingest, "ingest").process().pid(),
                running(broker, "kafka").process().pid());
    }

    @Override
    public void close() {
        for (Role role : new Role[] {serving, ingest, broker}) {
            if (role != null) {
                role.process().close();
            }
        }
    }

    private Role start(String name, JvmCommand command) throws InterruptedException {
        ChildProcess process = ChildProcess.start(command, log(name));
        return new Role(process, process.awaitReady(READY_TIMEOUT));
    }

    /** As YAML takes any path. */
    private static String quoted(Path path) {
        return "'" + path.toString().replace("'", "''") + "'";
    }

    /** What a role or a job of this name prints. */
    public Path log(String name) {
        return directory.resolve("logs").resolve(name + ".log");
    }

    private static Role running(@Nullable Role role, String name) {
        if (role == null) {
            throw new IllegalStateException(name + " was not started");
        }
        return role;
    }
}
