package io.tilefold.cli;

import io.grpc.ManagedChannel;
import io.tilefold.cli.config.ToolSettings;
import io.tilefold.client.FeatureClient;
import io.tilefold.client.NodeCredentials;
import java.io.IOException;

/** How the tools reach nodes: encrypted and with credentials where the settings say so. */
final class NodeAccess {
    private NodeAccess() {}

    /** A client of the settings' serving node. */
    static FeatureClient client(ToolSettings settings) throws IOException {
        NodeCredentials credentials = settings.credentials();
        FeatureClient.Builder client =
                FeatureClient.builder().address(settings.server()).credentials(credentials.tls());
        credentials.token().ifPresent(client::token);
        return client.build();
    }

    /** A channel to a node; the caller shuts it down. */
    static ManagedChannel channel(ToolSettings settings, String address) throws IOException {
        return settings.credentials().channel(address).build();
    }
}
