package io.tilefold.cli;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.TlsChannelCredentials;
import io.tilefold.cli.config.ToolSettings;
import io.tilefold.client.Channels;
import io.tilefold.client.FeatureClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** How the tools reach nodes: encrypted and with credentials where the settings say so. */
final class NodeAccess {
    private NodeAccess() {}

    /** A client of the settings' serving node. */
    static FeatureClient client(ToolSettings settings) throws IOException {
        FeatureClient.Builder client =
                FeatureClient.builder().address(settings.server()).credentials(credentials(settings));
        token(settings).ifPresent(client::token);
        return client.build();
    }

    /** A channel to a node; the caller shuts it down. */
    static ManagedChannel channel(ToolSettings settings, String address) throws IOException {
        ManagedChannelBuilder<?> channel = Channels.builder(address, credentials(settings));
        token(settings).ifPresent(token -> channel.intercept(Channels.bearer(token)));
        return channel.build();
    }

    private static ChannelCredentials credentials(ToolSettings settings) throws IOException {
        if (settings.tlsAuthorities().isEmpty()) {
            return InsecureChannelCredentials.create();
        }
        try {
            TlsChannelCredentials.Builder tls = TlsChannelCredentials.newBuilder()
                    .trustManager(Path.of(settings.tlsAuthorities()).toFile());
            if (!settings.tlsCertificate().isEmpty()) {
                tls.keyManager(
                        Path.of(settings.tlsCertificate()).toFile(),
                        Path.of(settings.tlsKey()).toFile());
            }
            return tls.build();
        } catch (IOException | IllegalArgumentException unusable) {
            throw new IOException("cannot use the TLS files of the settings: " + unusable.getMessage(), unusable);
        }
    }

    private static Optional<String> token(ToolSettings settings) throws IOException {
        if (settings.tokenFile().isEmpty()) {
            return Optional.empty();
        }
        return Files.readString(Path.of(settings.tokenFile()))
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .findFirst();
    }
}
