package io.tilefold.ingest;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.tilefold.ingest.config.IdleProfile;
import io.tilefold.ingest.config.MemberAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.agrona.IoUtil;

/**
 * A node in a process of its own: {@code NodeProcess DIRECTORY BOOTSTRAP GRPC_PORT} for one that is alone, {@code NodeProcess DIRECTORY BOOTSTRAP
 * MEMBER_ID MEMBER MEMBER…} for one of a group.
 */
final class NodeProcess {
    /** Small, so that a test's log has several files. */
    private static final int LOG_SEGMENT_LENGTH = 4 << 20;

    private NodeProcess() {}

    public static void main(String[] args) throws Exception {
        IngestConfig.Builder config = IngestConfig.builder(Path.of(args[0], "log"), Path.of(args[0], "store"), args[1])
                .idleProfile(IdleProfile.valueOf(System.getProperty("tilefold.idle", "DEFAULT")));
        if (!Boolean.getBoolean("tilefold.defaults")) {
            config.topicCheckIntervalMs(200)
                    .caughtUpIntervalMs(100)
                    .logSegmentLength(LOG_SEGMENT_LENGTH)
                    .leaderTimeoutMs(Long.getLong("tilefold.leaderTimeoutMs", 1_500))
                    .snapshotIntervalMs(Long.getLong("tilefold.snapshotIntervalMs", 0))
                    .rehearsalMs(Long.getLong("tilefold.rehearsalMs", 0));
        }
        if (args.length == 3) {
            config.grpcPort(Integer.parseInt(args[2]));
        } else {
            config.memberId(Integer.parseInt(args[2]))
                    .members(Stream.of(args).skip(3).map(MemberAddress::parse).toList());
        }
        long aheadMs = Long.getLong("tilefold.clockAheadMs", 0);
        IngestNode.runUntilShutdown(config.build(), () -> System.currentTimeMillis() + aheadMs);
    }

    /** Starts one of this machine, with the shared broker; its output goes to {@code DIRECTORY/out}. */
    static Process start(Path directory, List<String> jvmOptions, String... arguments) throws IOException {
        return start(
                directory,
                directory.resolve("out"),
                List.of(),
                jvmOptions,
                TestBroker.shared().bootstrap(),
                arguments);
    }

    /** @param commandPrefix what the command begins with */
    static Process start(
            Path directory,
            Path output,
            List<String> commandPrefix,
            List<String> jvmOptions,
            String bootstrap,
            String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(commandPrefix);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1"));
        command.addAll(jvmOptions);
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                NodeProcess.class.getName(),
                directory.toString(),
                bootstrap));
        command.addAll(Arrays.asList(arguments));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
                .start();
    }

    /** Removes what a killed node leaves in shared memory. */
    static void removeLeftovers(Path directory) {
        IngestConfig config = IngestConfig.builder(directory.resolve("log"), directory.resolve("store"), "none")
                .build();
        IoUtil.delete(config.aeronDir().toFile(), true);
    }

    /** A channel of its own for each question: one that was refused would wait before it tries again. */
    static boolean isReady(int grpcPort) {
        return isReady("127.0.0.1", grpcPort);
    }

    static boolean isReady(String host, int grpcPort) {
        ManagedChannel channel = TestNode.channel(host, grpcPort);
        try {
            return HealthGrpc.newBlockingStub(channel)
                            .withDeadlineAfter(5, TimeUnit.SECONDS)
                            .check(HealthCheckRequest.getDefaultInstance())
                            .getStatus()
                    == HealthCheckResponse.ServingStatus.SERVING;
        } catch (StatusRuntimeException e) {
            return false;
        } finally {
            channel.shutdownNow();
        }
    }
}
