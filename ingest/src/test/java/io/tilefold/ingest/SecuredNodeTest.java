package io.tilefold.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.google.protobuf.ByteString;
import com.google.rpc.ErrorInfo;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.StatusProto;
import io.tilefold.client.FeatureClient;
import io.tilefold.client.Fetch;
import io.tilefold.client.NodeCredentials;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.ingest.config.IngestException;
import io.tilefold.ingest.config.MemberAddress;
import io.tilefold.node.TlsFiles;
import io.tilefold.proto.admin.v1.AdminServiceGrpc;
import io.tilefold.proto.admin.v1.AdminServiceGrpc.AdminServiceBlockingStub;
import io.tilefold.proto.admin.v1.ApplyCatalogRequest;
import io.tilefold.proto.admin.v1.GetStatusRequest;
import io.tilefold.proto.admin.v1.GetStatusResponse;
import io.tilefold.proto.admin.v1.TakeSnapshotRequest;
import io.tilefold.proto.node.v1.DescribeRequest;
import io.tilefold.proto.node.v1.NodeServiceGrpc;
import io.tilefold.proto.upload.v1.BeginUploadRequest;
import io.tilefold.proto.upload.v1.UploadServiceGrpc;
import io.tilefold.serving.ServingConfig;
import io.tilefold.serving.ServingNode;
import io.tilefold.testsupport.PemFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.agrona.IoUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Who is let into an ingest node, over encrypted connections, and what the others are told. */
class SecuredNodeTest {
    private static final long B = Flights.FEBRUARY_MS;

    private final CompiledGroupBy airport = Flights.airport("flights-" + UUID.randomUUID());

    @TempDir
    private Path directory;

    private static String rule(String name, String rights, String token) throws Exception {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        return name + " " + rights + " sha256:" + HexFormat.of().formatHex(hash) + "\n";
    }

    private NodeCredentials token(PemFiles node, String token) throws IOException {
        Path file = Files.writeString(directory.resolve("token-" + token), token + "\n");
        return new NodeCredentials(node.certificate().toString(), "", "", file.toString());
    }

    private static <T> T call(int port, NodeCredentials credentials, Function<ManagedChannel, T> method)
            throws IOException {
        ManagedChannel channel = credentials.channel("127.0.0.1:" + port).build();
        try {
            return method.apply(channel);
        } finally {
            channel.shutdownNow();
        }
    }

    private static AdminServiceBlockingStub admin(ManagedChannel channel) {
        return AdminServiceGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
    }

    private Object apply(ManagedChannel channel) {
        return admin(channel)
                .applyCatalog(ApplyCatalogRequest.newBuilder()
                        .setCatalog(ByteString.copyFrom(Flights.catalog(airport)))
                        .build());
    }

    private static GetStatusResponse status(ManagedChannel channel) {
        return admin(channel).getStatus(GetStatusRequest.getDefaultInstance());
    }

    private static ServingStatus health(ManagedChannel channel) {
        return HealthGrpc.newBlockingStub(channel)
                .withDeadlineAfter(20, TimeUnit.SECONDS)
                .check(HealthCheckRequest.getDefaultInstance())
                .getStatus();
    }

    private static Object snapshot(ManagedChannel channel) {
        return admin(channel).takeSnapshot(TakeSnapshotRequest.getDefaultInstance());
    }

    private static Object describe(ManagedChannel channel) {
        return NodeServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(20, TimeUnit.SECONDS)
                .describe(DescribeRequest.getDefaultInstance());
    }

    private Object begin(ManagedChannel channel) {
        return UploadServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(20, TimeUnit.SECONDS)
                .beginUpload(BeginUploadRequest.newBuilder()
                        .setDefinitionId(airport.id().hex())
                        .setBatchEndMs(B)
                        .build());
    }

    private static String refused(
            Status.Code code, int port, NodeCredentials credentials, Function<ManagedChannel, Object> method)
            throws IOException {
        StatusRuntimeException refused =
                catchThrowableOfType(StatusRuntimeException.class, () -> call(port, credentials, method));
        assertThat(refused.getStatus().getCode()).as(refused.toString()).isEqualTo(code);
        return StatusProto.fromThrowable(refused)
                .getDetails(0)
                .unpack(ErrorInfo.class)
                .getReason();
    }

    @Test
    void tokensGiveRights() throws Exception {
        PemFiles files = PemFiles.create(directory, "node");
        Path access = Files.writeString(
                directory.resolve("access"),
                rule("watcher", "status", "w") + rule("batch", "upload", "b") + rule("ops", "admin,status", "o"));
        NodeCredentials watcher = token(files, "w");
        NodeCredentials batch = token(files, "b");
        NodeCredentials ops = token(files, "o");
        NodeCredentials nobody = new NodeCredentials(files.certificate().toString(), "", "", "");
        IngestConfig config = TestNode.config(directory)
                .tls(TlsFiles.of(files.certificate(), files.key()))
                .accessFile(access)
                .build();
        try (IngestNode node = IngestNode.start(config)) {
            int port = node.grpcPort();
            assertThat(call(port, batch, this::apply)).isNotNull();
            assertThat(call(port, batch, this::begin)).isNotNull();
            assertThat(call(port, watcher, SecuredNodeTest::status)).isNotNull();
            assertThat(call(port, ops, SecuredNodeTest::snapshot)).isNotNull();
            assertThat(call(port, nobody, SecuredNodeTest::health)).isEqualTo(ServingStatus.SERVING);

            Status.Code denied = Status.Code.PERMISSION_DENIED;
            assertThat(refused(denied, port, watcher, this::apply)).isEqualTo("RIGHT_MISSING");
            assertThat(refused(denied, port, watcher, this::begin)).isEqualTo("RIGHT_MISSING");
            assertThat(refused(denied, port, batch, SecuredNodeTest::snapshot)).isEqualTo("RIGHT_MISSING");
            assertThat(refused(denied, port, batch, SecuredNodeTest::status)).isEqualTo("RIGHT_MISSING");
            assertThat(refused(denied, port, ops, SecuredNodeTest::describe)).isEqualTo("RIGHT_MISSING");
            Status.Code unknown = Status.Code.UNAUTHENTICATED;
            assertThat(refused(unknown, port, nobody, SecuredNodeTest::status)).isEqualTo("CREDENTIALS_MISSING");
            assertThat(refused(unknown, port, token(files, "x"), SecuredNodeTest::status))
                    .isEqualTo("TOKEN_UNKNOWN");
            assertThatThrownBy(() -> call(port, NodeCredentials.NONE, SecuredNodeTest::status))
                    .hasMessageContaining("UNAVAILABLE");
            PemFiles stranger = PemFiles.create(directory, "stranger");
            assertThatThrownBy(() -> call(port, token(stranger, "w"), SecuredNodeTest::status))
                    .hasMessageContaining("UNAVAILABLE");
        }
    }

    @Test
    void filesThatCannotBeUsedAreNamed() throws Exception {
        Consumer<IngestConfig.Builder> starts = config -> {
            try (IngestNode node = IngestNode.start(config.build())) {
                assertThat(node).as("it must not start").isNull();
            }
        };
        assertThatThrownBy(() -> starts.accept(TestNode.config(directory)
                        .tls(TlsFiles.of(directory.resolve("nowhere.crt"), directory.resolve("nowhere.key")))))
                .isInstanceOf(IngestException.class)
                .hasMessageContaining("nowhere.crt");
        Path access = Files.writeString(directory.resolve("access"), "batch uplaod sha256:00\n");
        assertThatThrownBy(() -> starts.accept(TestNode.config(directory).accessFile(access)))
                .isInstanceOf(IngestException.class)
                .hasMessageContaining("access:1");
    }

    /** About events of a join's left: over TLS, by whom the setting trusts, with a token that may fetch. */
    @Test
    void servingNodesAreAskedWithTlsAndAToken() throws Exception {
        TestBroker broker = TestBroker.shared();
        String flights = "flights-" + UUID.randomUUID();
        String departures = "departures-" + UUID.randomUUID();
        broker.createTopic(flights, 1);
        broker.createTopic(departures, 1);
        CompiledGroupBy delays = Flights.airport(flights);
        CompiledJoin parent = Departures.join(departures, delays);
        CompiledGroupBy carrier = Departures.carrier(departures, parent);
        PemFiles files = PemFiles.create(directory, "serving");
        Path access = Files.writeString(
                directory.resolve("access"), rule("ingest", "fetch", "i") + rule("watcher", "status", "w"));
        NodeCredentials right = token(files, "i");
        try (ServingNode serving = ServingNode.start(ServingConfig.builder(directory.resolve("store"))
                        .port(0)
                        .tls(TlsFiles.of(files.certificate(), files.key()))
                        .accessFile(access)
                        .rehearsalMs(0)
                        .storeRetryMs(20)
                        .build());
                FeatureClient client = FeatureClient.builder()
                        .address("127.0.0.1:" + serving.port())
                        .credentials(right.tls())
                        .token(right.token().orElseThrow())
                        .build()) {
            try (TestNode node = new TestNode(asking(serving, NodeCredentials.NONE))) {
                assertThat(node.apply(Departures.catalog(parent, delays, carrier)))
                        .isNotNull();
                assertThat(TestUploads.upload(node.channel(), delays, B, 3, directory))
                        .isPositive();
                assertThat(TestUploads.upload(node.channel(), carrier, B, Map.of(), directory))
                        .isPositive();
                Departures.awaitAirports(client, B);
                broker.produce(departures, 0, Collections.nCopies(3, Departures.json(B + 1, "A0", "aa", 10)));
                awaitWaiting("UNAVAILABLE");
                assertThat(node.status("carrier").getEventsApplied()).isZero();
            }
            for (NodeCredentials wrong :
                    List.of(token(PemFiles.create(directory, "stranger"), "i"), token(files, "w"))) {
                try (TestNode node = new TestNode(asking(serving, wrong))) {
                    awaitWaiting(wrong.tlsAuthorities().contains("stranger") ? "UNAVAILABLE" : "PERMISSION_DENIED");
                    assertThat(node.status("carrier").getEventsApplied()).isZero();
                }
            }
            try (TestNode node = new TestNode(asking(serving, right))) {
                assertThat(node.await(departures, 0, 3)).isPositive();
                await().atMost(Duration.ofSeconds(20))
                        .ignoreExceptions()
                        .untilAsserted(() -> assertThat(client.fetch(Fetch.groupBy("carrier")
                                                .row(Map.of("carrier", "AA"))
                                                .asOf(B + Duration.ofMinutes(5).toMillis()))
                                        .toMap(0))
                                .containsEntry("seats_count", 3L)
                                .containsEntry("load_sum_2d", 3L * (3 + 10)));
            }
        }
    }

    private IngestConfig asking(ServingNode serving, NodeCredentials credentials) {
        return TestNode.config(directory)
                .servingNodes(List.of("127.0.0.1:" + serving.port()))
                .servingCredentials(credentials)
                .build();
    }

    /** The log says that the join's left waits, and why. */
    private static void awaitWaiting(String why) {
        Logger logger = (Logger) LoggerFactory.getLogger("io.tilefold.ingest.kafka.ParentReading");
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        try {
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> List.copyOf(lines.list).stream()
                            .map(ILoggingEvent::getFormattedMessage)
                            .anyMatch(line ->
                                    line.contains("for join " + Departures.JOIN + " to answer") && line.contains(why)));
        } finally {
            logger.detachAppender(lines);
        }
    }

    /** Members pull bases from each other over the same connections: with certificates, known by their subject. */
    @Test
    void membersKnowEachOtherByTheirCertificates() throws Exception {
        PemFiles files = PemFiles.create(directory, "member");
        Path access = Files.writeString(
                directory.resolve("access"),
                "member member subject:CN=member\n" + rule("batch", "upload,status", "b")
                        + rule("other", "fetch", "f"));
        List<MemberAddress> members = TestGroup.freeAddresses(List.of("127.0.0.1", "127.0.0.1", "127.0.0.1"));
        NodeCredentials batch = token(files, "b");
        List<CompletableFuture<IngestNode>> nodes = new ArrayList<>();
        try {
            for (int member = 0; member < members.size(); member++) {
                nodes.add(startMember(member, members, files, access));
            }
            nodes.forEach(CompletableFuture::join);
            ManagedChannel channel = batch.channel(members.get(0).grpcTarget()).build();
            try {
                assertThat(apply(channel)).isNotNull();
                long version = TestUploads.upload(channel, airport, B, 3, directory);
                assertThat(version).isPositive();
            } finally {
                channel.shutdownNow();
            }
            for (int member = 0; member < members.size(); member++) {
                awaitBase(member);
            }
            int wiped = leader(members, batch);
            nodes.get(wiped).join().close();
            IoUtil.delete(dir(wiped).toFile(), false);
            nodes.set(wiped, startMember(wiped, members, files, access));
            nodes.get(wiped).get(60, TimeUnit.SECONDS);
            awaitBase(wiped);
            assertThat(refused(
                            Status.Code.PERMISSION_DENIED,
                            members.get(wiped).grpcPort(),
                            token(files, "f"),
                            SecuredNodeTest::describe))
                    .isEqualTo("RIGHT_MISSING");
        } finally {
            nodes.forEach(node -> node.thenAccept(IngestNode::close).join());
        }
    }

    private Path dir(int member) {
        return directory.resolve("member" + member);
    }

    private CompletableFuture<IngestNode> startMember(
            int member, List<MemberAddress> members, PemFiles files, Path access) {
        IngestConfig config = TestNode.config(dir(member))
                .memberId(member)
                .members(members)
                .tls(TlsFiles.of(files.certificate(), files.key()).withClientAuthorities(files.certificate()))
                .accessFile(access)
                .build();
        return CompletableFuture.supplyAsync(() -> IngestNode.start(config), task -> new Thread(task).start());
    }

    private static int leader(List<MemberAddress> members, NodeCredentials credentials) throws IOException {
        for (int member = 0; member < members.size(); member++) {
            GetStatusResponse status = call(members.get(member).grpcPort(), credentials, SecuredNodeTest::status);
            if (status.getLeader()) {
                return member;
            }
        }
        throw new AssertionError("no member leads");
    }

    private void awaitBase(int member) {
        await().atMost(Duration.ofSeconds(30))
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(StoreValues.read(dir(member).resolve("store"), airport, B, "A0"))
                        .containsExactly(3L, 3L, 3L));
    }
}
