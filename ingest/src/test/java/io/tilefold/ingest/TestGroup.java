package io.tilefold.ingest;

import static org.awaitility.Awaitility.await;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.tilefold.ingest.config.MemberAddress;
import io.tilefold.proto.admin.v1.AdminServiceGrpc;
import io.tilefold.proto.admin.v1.AdminServiceGrpc.AdminServiceBlockingStub;
import io.tilefold.proto.admin.v1.AwaitOffsetsRequest;
import io.tilefold.proto.admin.v1.GetStatusRequest;
import io.tilefold.proto.admin.v1.GetStatusResponse;
import io.tilefold.proto.admin.v1.TopicOffset;
import java.io.File;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.agrona.IoUtil;
import org.jspecify.annotations.Nullable;

/** A shard group of nodes, three unless said otherwise, each a process of its own, which a test kills, stops, wipes and starts again. */
final class TestGroup implements AutoCloseable {
    static final int MEMBERS = 3;

    private static final Duration READY = Duration.ofMinutes(2);
    private static final long DEADLINE_S = 30;
    private static final int PAGE_BYTES = 4096;

    /** Below the ports that Linux gives to whoever asks for any (32,768 on): one of those may be taken by a client between being looked at and being used. */
    private static final int FIRST_PORT = 10_000;

    /** A member's: those of the cluster, then that of gRPC. */
    private static final int PORTS_OF_MEMBER = 10;

    private static final int PORT_BLOCKS = 2_200;

    private final Path directory;
    private final TestSite site;
    private final List<List<String>> jvmOptions = new ArrayList<>();
    private final List<MemberAddress> members;
    private final @Nullable Process[] processes;
    private final ManagedChannel[] channels;

    TestGroup(Path directory, int count, String... jvmOptions) {
        this(directory, TestSite.local(count), jvmOptions);
    }

    TestGroup(Path directory, TestSite site, String... jvmOptions) {
        int count = site.hosts().size();
        this.directory = directory;
        this.site = site;
        this.processes = new Process[count];
        this.channels = new ManagedChannel[count];
        members = freeAddresses(site.hosts());
        for (int member = 0; member < members.size(); member++) {
            channels[member] = TestNode.channel(
                    members.get(member).host(), members.get(member).grpcPort());
            this.jvmOptions.add(new ArrayList<>(List.of(jvmOptions)));
        }
    }

    /** Members on these hosts, at ports that are free now. */
    static List<MemberAddress> freeAddresses(List<String> hosts) {
        List<MemberAddress> members = new ArrayList<>();
        Random random = new Random();
        while (members.size() < hosts.size()) {
            int port = FIRST_PORT + PORTS_OF_MEMBER * random.nextInt(PORT_BLOCKS);
            int grpcPort = port + MemberAddress.CLUSTER_PORTS;
            boolean taken = members.stream().anyMatch(member -> member.clusterPort() == port);
            if (!taken && udpIsFree(port) && tcpIsFree(grpcPort)) {
                members.add(new MemberAddress(hosts.get(members.size()), port, grpcPort));
            }
        }
        return members;
    }

    /** One member starts with these too. */
    void jvmOptions(int member, String... options) {
        jvmOptions.get(member).addAll(List.of(options));
    }

    /** The one the members read. */
    TestBroker broker() {
        return site.broker();
    }

    private static boolean udpIsFree(int from) {
        for (int port = from; port < from + MemberAddress.CLUSTER_PORTS; port++) {
            try (DatagramSocket socket =
                    new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
                if (!socket.isBound()) {
                    return false;
                }
            } catch (IOException e) {
                return false;
            }
        }
        return true;
    }

    private static boolean tcpIsFree(int port) {
        try (ServerSocket socket = new ServerSocket(port)) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    /** Starts those that do not run; returns at once. */
    TestGroup start() throws IOException {
        for (int member = 0; member < members.size(); member++) {
            if (processes[member] == null) {
                Files.createDirectories(dir(member));
                List<String> arguments = new ArrayList<>(List.of(Integer.toString(member)));
                members.forEach(address -> arguments.add(address.toString()));
                processes[member] = NodeProcess.start(
                        dir(member),
                        output(directory, member),
                        site.commandPrefixes().get(member),
                        jvmOptions.get(member),
                        site.broker().bootstrap(),
                        arguments.toArray(String[]::new));
            }
        }
        return this;
    }

    /** Waits until all members say that they are ready. */
    TestGroup awaitReady() {
        for (int member = 0; member < members.size(); member++) {
            int waited = member;
            await("member " + member + " ready")
                    .atMost(READY)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(100))
                    .until(() -> isReady(waited));
        }
        return this;
    }

    private boolean isReady(int member) {
        Process process = processes[member];
        if (process != null && !process.isAlive()) {
            throw new IllegalStateException("member " + member + " has ended; it said\n" + output(member));
        }
        return NodeProcess.isReady(
                members.get(member).host(), members.get(member).grpcPort());
    }

    private static Path output(Path directory, int member) {
        return directory.resolve("member" + member + ".out");
    }

    /** SIGKILL; returns when it is gone. */
    void kill(int member) throws InterruptedException {
        Process process = processes[member];
        processes[member] = null;
        if (process != null) {
            process.destroyForcibly().waitFor();
        }
    }

    /** Sends a signal by name, such as STOP or CONT. */
    void signal(int member, String name) throws IOException, InterruptedException {
        Process process = processes[member];
        if (process != null) {
            int unused = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .start()
                    .waitFor();
        }
    }

    /** Removes all that a killed member had on disk. */
    void wipe(int member) {
        for (File file : Objects.requireNonNull(dir(member).toFile().listFiles())) {
            IoUtil.delete(file, false);
        }
    }

    Path dir(int member) {
        return directory.resolve("member" + member);
    }

    Path storeDir(int member) {
        return dir(member).resolve("store");
    }

    ManagedChannel channel(int member) {
        return channels[member];
    }

    AdminServiceBlockingStub admin(int member) {
        channels[member].resetConnectBackoff();
        return AdminServiceGrpc.newBlockingStub(channels[member])
                .withWaitForReady()
                .withDeadlineAfter(DEADLINE_S, TimeUnit.SECONDS);
    }

    /** Empty if the member does not answer. */
    Optional<GetStatusResponse> status(int member) {
        if (processes[member] == null) {
            return Optional.empty();
        }
        try {
            channels[member].resetConnectBackoff();
            return Optional.of(AdminServiceGrpc.newBlockingStub(channels[member])
                    .withDeadlineAfter(2, TimeUnit.SECONDS)
                    .getStatus(GetStatusRequest.getDefaultInstance()));
        } catch (StatusRuntimeException e) {
            return Optional.empty();
        }
    }

    /** Waits until some member is what is wanted, and says which. */
    int awaitMember(String what, Predicate<GetStatusResponse> wanted) {
        int[] found = {-1};
        await(what)
                .atMost(READY)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> {
                    for (int member = 0; member < members.size(); member++) {
                        if (status(member).filter(wanted).isPresent()) {
                            found[0] = member;
                            return true;
                        }
                    }
                    return false;
                });
        return found[0];
    }

    int awaitLeader() {
        return awaitMember("a leader", GetStatusResponse::getLeader);
    }

    /** Waits until this member has applied the partition up to this offset. */
    void awaitApplied(int member, String topic, int partition, long nextOffset) {
        await("member " + member + " applies " + topic + "/" + partition + " up to " + nextOffset)
                .pollDelay(Duration.ZERO)
                .atMost(READY)
                .ignoreExceptionsInstanceOf(StatusRuntimeException.class)
                .until(() -> admin(member)
                                .awaitOffsets(AwaitOffsetsRequest.newBuilder()
                                        .addOffsets(TopicOffset.newBuilder()
                                                .setTopic(topic)
                                                .setTopicId(site.broker().topicId(topic))
                                                .setPartition(partition)
                                                .setNextOffset(nextOffset))
                                        .build())
                                .getPosition()
                        > 0);
    }

    /** Memory that a member occupies, bytes. */
    long residentBytes(int member) throws IOException {
        Process process = Objects.requireNonNull(processes[member]);
        String[] pages =
                Files.readString(Path.of("/proc/" + process.pid() + "/statm")).split(" ");
        return Long.parseLong(pages[1]) * PAGE_BYTES;
    }

    /** CPU time all members have used. */
    long cpuMs() {
        long sum = 0;
        for (Process process : processes) {
            if (process != null) {
                sum += process.info().totalCpuDuration().orElse(Duration.ZERO).toMillis();
            }
        }
        return sum;
    }

    /** What a member has said so far. */
    String output(int member) {
        try {
            return Files.readString(output(directory, member));
        } catch (IOException e) {
            return "nothing: " + e;
        }
    }

    @Override
    public void close() throws InterruptedException {
        for (int member = 0; member < members.size(); member++) {
            channels[member].shutdownNow();
            kill(member);
        }
        for (int member = 0; member < members.size(); member++) {
            NodeProcess.removeLeftovers(dir(member));
        }
    }
}
