package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.rpc.ErrorInfo;
import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.MetadataUtils;
import io.tilefold.client.Channels;
import io.tilefold.client.Fetch;
import io.tilefold.node.TlsFiles;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.proto.serving.v1.GetLatenciesRequest;
import io.tilefold.proto.serving.v1.ListTargetsRequest;
import io.tilefold.proto.serving.v1.NodeServiceGrpc;
import io.tilefold.testsupport.PemFiles;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is let in, by token or certificate, and what the others are told. */
class AccessTest {
    @TempDir
    Path directory;

    private static String tokenLine(String name, String rights, String token) throws Exception {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        return name + " " + rights + " sha256:" + HexFormat.of().formatHex(hash) + "\n";
    }

    private static void call(
            ServingNode node, ChannelCredentials credentials, String authorization, Consumer<ManagedChannel> method) {
        ManagedChannelBuilder<?> builder = Channels.builder("127.0.0.1:" + node.port(), credentials);
        if (!authorization.isEmpty()) {
            Metadata headers = new Metadata();
            headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), authorization);
            builder.intercept(MetadataUtils.newAttachHeadersInterceptor(headers));
        }
        ManagedChannel channel = builder.build();
        try {
            method.accept(channel);
        } finally {
            channel.shutdownNow();
        }
    }

    private static void fetches(ManagedChannel channel) {
        FeatureServiceGrpc.newBlockingStub(channel).listTargets(ListTargetsRequest.getDefaultInstance());
    }

    private static void administers(ManagedChannel channel) {
        NodeServiceGrpc.newBlockingStub(channel).getLatencies(GetLatenciesRequest.getDefaultInstance());
    }

    private static String refused(Status.Code code, Runnable call) throws IOException {
        StatusRuntimeException refused = catchThrowableOfType(StatusRuntimeException.class, call::run);
        assertThat(refused.getStatus().getCode()).as(refused.toString()).isEqualTo(code);
        return StatusProto.fromThrowable(refused)
                .getDetails(0)
                .unpack(ErrorInfo.class)
                .getReason();
    }

    private ServingConfig.Builder config() {
        return TestNode.config(directory.resolve("store"))
                .port(0)
                .storeRetryMs(20)
                .tlsReloadMs(20);
    }

    @Test
    void tokensGiveRights() throws Exception {
        Path access = Files.writeString(
                directory.resolve("access"), tokenLine("ranker", "fetch", "r") + tokenLine("ops", "fetch,admin", "o"));
        ChannelCredentials plain = InsecureChannelCredentials.create();
        try (FlightStore writer = new FlightStore(directory.resolve("store")).activate(Flights.CATALOG)) {
            writer.publish(Flights.B);
            try (ServingNode node =
                    ServingNode.start(config().accessFile(access).build())) {
                Awaitility.await()
                        .atMost(60, TimeUnit.SECONDS)
                        .ignoreExceptions()
                        .untilAsserted(() -> call(node, plain, "Bearer r", AccessTest::fetches));
                call(node, plain, "Bearer o", AccessTest::administers);
                call(
                        node,
                        plain,
                        "",
                        channel -> HealthGrpc.newBlockingStub(channel).check(HealthCheckRequest.getDefaultInstance()));
                assertThat(refused(
                                Status.Code.PERMISSION_DENIED,
                                () -> call(node, plain, "Bearer r", AccessTest::administers)))
                        .isEqualTo("RIGHT_MISSING");
                assertThat(refused(
                                Status.Code.UNAUTHENTICATED, () -> call(node, plain, "Bearer x", AccessTest::fetches)))
                        .isEqualTo("TOKEN_UNKNOWN");
                assertThat(refused(Status.Code.UNAUTHENTICATED, () -> call(node, plain, "r", AccessTest::fetches)))
                        .isEqualTo("AUTHORIZATION_MALFORMED");
                assertThat(refused(Status.Code.UNAUTHENTICATED, () -> call(node, plain, "", AccessTest::fetches)))
                        .isEqualTo("CREDENTIALS_MISSING");

                Files.writeString(access, "half a line\n");
                Files.setLastModifiedTime(access, FileTime.fromMillis(System.currentTimeMillis() + 5_000));
                call(node, plain, "Bearer r", AccessTest::fetches);
                Files.writeString(access, tokenLine("ranker", "fetch", "new"));
                Files.setLastModifiedTime(access, FileTime.fromMillis(System.currentTimeMillis() + 10_000));
                Awaitility.await()
                        .atMost(20, TimeUnit.SECONDS)
                        .ignoreExceptions()
                        .untilAsserted(() -> call(node, plain, "Bearer new", AccessTest::fetches));
                assertThat(refused(
                                Status.Code.UNAUTHENTICATED, () -> call(node, plain, "Bearer r", AccessTest::fetches)))
                        .isEqualTo("TOKEN_UNKNOWN");
            }
        }
    }

    @Test
    void certificatesGiveRightsAndOthersMayBringAToken() throws Exception {
        PemFiles server = PemFiles.create(directory, "server");
        PemFiles friend = PemFiles.create(directory, "friend");
        Path access = Files.writeString(
                directory.resolve("access"), "friend fetch subject:CN=friend\n" + tokenLine("ops", "admin", "o"));
        try (FlightStore writer = new FlightStore(directory.resolve("store")).activate(Flights.CATALOG)) {
            writer.publish(Flights.B);
            TlsFiles files =
                    TlsFiles.of(server.certificate(), server.key()).withClientAuthorities(friend.certificate());
            try (ServingNode node =
                    ServingNode.start(config().tls(files).accessFile(access).build())) {
                ChannelCredentials known = TlsChannelCredentials.newBuilder()
                        .trustManager(server.certificate().toFile())
                        .keyManager(friend.certificate().toFile(), friend.key().toFile())
                        .build();
                ChannelCredentials anonymous = TlsChannelCredentials.newBuilder()
                        .trustManager(server.certificate().toFile())
                        .build();
                Awaitility.await()
                        .atMost(60, TimeUnit.SECONDS)
                        .ignoreExceptions()
                        .untilAsserted(() -> call(node, known, "", AccessTest::fetches));
                call(node, anonymous, "Bearer o", AccessTest::administers);
                assertThat(refused(Status.Code.PERMISSION_DENIED, () -> call(node, known, "", AccessTest::administers)))
                        .isEqualTo("RIGHT_MISSING");
                assertThat(refused(Status.Code.UNAUTHENTICATED, () -> call(node, anonymous, "", AccessTest::fetches)))
                        .isEqualTo("CREDENTIALS_MISSING");
            }
        }
    }

    @Test
    void aFileThatCannotBeReadIsNamed() throws Exception {
        Path access = Files.writeString(directory.resolve("access"), "ranker fetch nothing\n");
        IOException refused = catchThrowableOfType(
                IOException.class,
                () -> ServingNode.start(config().accessFile(access).build()));
        assertThat(refused).hasMessageContaining("access:1: a credential is");
    }

    @Test
    void metricsAndIntervalsSayWhatFetchesTook() throws Exception {
        Path logs = directory.resolve("logs");
        try (FlightStore writer = new FlightStore(directory.resolve("store")).activate(Flights.CATALOG)) {
            writer.batch(List.of(), 1, Flights.B).publish(Flights.B);
            int port = freePort();
            try (TestNode node = new TestNode(config().metricsPort(port)
                            .latencyLogMs(20)
                            .latencyLogDir(logs)
                            .build())
                    .mapped()) {
                node.client.fetch(Fetch.groupBy("route")
                        .row(Map.of("origin", "JFK", "destination", "LAX"))
                        .asOf(Flights.B));
                Awaitility.await().atMost(20, TimeUnit.SECONDS).untilAsserted(() -> {
                    String page = HttpClient.newHttpClient()
                            .send(
                                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
                                            .build(),
                                    HttpResponse.BodyHandlers.ofString())
                            .body();
                    assertThat(page)
                            .contains("tilefold_serving_fetch_seconds_count{group_by=\"route\",stage=\"total\"} 1")
                            .contains(
                                    "tilefold_serving_fetch_seconds_bucket{group_by=\"route\",le=\"+Inf\",stage=\"read\"}"
                                            + " 1")
                            .contains("tilefold_serving_store_mapped{store=\"" + directory.resolve("store") + "\"} 1")
                            .contains("tilefold_serving_log_position{shard_group=\"7\"} 64")
                            .contains(
                                    "tilefold_serving_batch_end_timestamp_milliseconds{group_by=\"route\",shard_group=\"7\"} "
                                            + Flights.B);
                });
                Awaitility.await().atMost(20, TimeUnit.SECONDS).untilAsserted(() -> {
                    try (var files = Files.list(logs)) {
                        assertThat(Files.readString(files.findFirst().orElseThrow()))
                                .contains("Tag=group_by-route-total");
                    }
                });
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
