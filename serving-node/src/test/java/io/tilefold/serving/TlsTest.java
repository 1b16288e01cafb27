package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.TlsChannelCredentials;
import io.tilefold.client.CallPolicy;
import io.tilefold.client.FeatureClient;
import io.tilefold.node.NodeTls;
import io.tilefold.node.TlsFiles;
import io.tilefold.testsupport.PemFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTest {
    @TempDir
    Path directory;

    private static List<String> joins(ServingNode node, ChannelCredentials credentials) {
        try (FeatureClient client = FeatureClient.builder()
                .address("localhost:" + node.port())
                .credentials(credentials)
                .callPolicy(CallPolicy.once())
                .defaultDeadline(Duration.ofSeconds(20))
                .build()) {
            return client.joins();
        }
    }

    private static TlsChannelCredentials.Builder trusting(PemFiles server) throws IOException {
        return TlsChannelCredentials.newBuilder()
                .trustManager(server.certificate().toFile());
    }

    @Test
    void connectionsAreEncryptedAndClientsAuthenticated() throws Exception {
        PemFiles server = PemFiles.create(directory, "server");
        PemFiles friend = PemFiles.create(directory, "friend");
        PemFiles stranger = PemFiles.create(directory, "stranger");
        ServingConfig.Builder config = TestNode.config(directory.resolve("store"))
                .port(0)
                .storeRetryMs(20)
                .tlsReloadMs(50);
        TlsFiles files = TlsFiles.of(server.certificate(), server.key());
        try (FlightStore writer = new FlightStore(directory.resolve("store")).activate(Flights.CATALOG)) {
            writer.publish(Flights.B);
            try (ServingNode node = ServingNode.start(config.tls(files).build())) {
                Awaitility.await()
                        .atMost(20, TimeUnit.SECONDS)
                        .ignoreExceptions()
                        .until(() -> !joins(node, trusting(server).build()).isEmpty());
                assertThatThrownBy(() -> joins(node, InsecureChannelCredentials.create()))
                        .hasMessageContaining("UNAVAILABLE");
                assertThatThrownBy(() -> joins(node, trusting(stranger).build()))
                        .hasMessageContaining("UNAVAILABLE");
            }
            try (ServingNode node = ServingNode.start(config.tls(files.withClientAuthorities(friend.certificate()))
                    .build())) {
                ChannelCredentials known = trusting(server)
                        .keyManager(friend.certificate().toFile(), friend.key().toFile())
                        .build();
                Awaitility.await()
                        .atMost(20, TimeUnit.SECONDS)
                        .ignoreExceptions()
                        .until(() -> !joins(node, known).isEmpty());
                assertThatThrownBy(() -> joins(node, trusting(server).build())).hasMessageContaining("UNAVAILABLE");
                ChannelCredentials unknown = trusting(server)
                        .keyManager(
                                stranger.certificate().toFile(), stranger.key().toFile())
                        .build();
                assertThatThrownBy(() -> joins(node, unknown)).hasMessageContaining("UNAVAILABLE");
            }
        }
    }

    @Test
    void newFilesAreTakenUpWithoutARestart() throws Exception {
        PemFiles first = PemFiles.create(directory, "first");
        PemFiles second = PemFiles.create(directory, "second");
        try (ServingNode node = ServingNode.start(TestNode.config(directory.resolve("store"))
                .port(0)
                .tls(TlsFiles.of(first.certificate(), first.key()))
                .tlsReloadMs(20)
                .build())) {
            assertThatThrownBy(() -> joins(node, trusting(first).build())).hasMessageContaining("no store is mapped");
            second.replace(first);
            Awaitility.await()
                    .atMost(20, TimeUnit.SECONDS)
                    .untilAsserted(() -> assertThatThrownBy(
                                    () -> joins(node, trusting(second).build()))
                            .hasMessageContaining("no store is mapped"));
        }
    }

    /** What a node shows and trusts when it asks another one. */
    @Test
    void newFilesAreTakenUpTowardsPeersToo() throws Exception {
        PemFiles server = PemFiles.create(directory, "server");
        PemFiles known = PemFiles.create(directory, "known");
        PemFiles own = PemFiles.create(directory, "own");
        PemFiles trusted = PemFiles.create(directory, "trusted");
        TlsFiles files = TlsFiles.of(own.certificate(), own.key()).withClientAuthorities(trusted.certificate());
        try (ServingNode peer = ServingNode.start(TestNode.config(directory.resolve("store"))
                        .port(0)
                        .tls(TlsFiles.of(server.certificate(), server.key()).withClientAuthorities(known.certificate()))
                        .build());
                NodeTls asking = NodeTls.of(Optional.of(files), 20, true)) {
            assertThatThrownBy(() -> joins(peer, asking.peerCredentials()))
                    .hasMessageContaining("UNAVAILABLE")
                    .hasMessageNotContaining("no store");
            known.replace(own); // the peer would let it in, but is not trusted itself yet
            assertThatThrownBy(() -> joins(peer, asking.peerCredentials()))
                    .hasMessageContaining("UNAVAILABLE")
                    .hasMessageNotContaining("no store");
            server.replace(trusted);
            Awaitility.await()
                    .atMost(20, TimeUnit.SECONDS)
                    .untilAsserted(() -> assertThatThrownBy(() -> joins(peer, asking.peerCredentials()))
                            .hasMessageContaining("no store is mapped"));
        }
    }

    @Test
    void filesThatCannotBeUsedAreNamed() {
        ServingConfig config = TestNode.config(directory)
                .port(0)
                .tls(TlsFiles.of(Path.of("nowhere.crt"), Path.of("nowhere.key")))
                .build();
        assertThatThrownBy(() -> ServingNode.start(config))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("nowhere.crt");
        assertThat(config.tls()).isPresent();
    }
}
