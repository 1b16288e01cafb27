package io.tilefold.serving;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.TlsChannelCredentials;
import io.tilefold.node.TlsFiles;
import java.io.IOException;
import java.util.Optional;

/** How a node shows itself to its peers: as it does to clients. */
final class PeerCredentials {
    private PeerCredentials() {}

    /**
     * The node's own certificate; its peers' are trusted if the client authorities signed them or, without these, those that the platform trusts.
     *
     * @throws IOException if the files cannot be read
     */
    static ChannelCredentials of(Optional<TlsFiles> tls) throws IOException {
        if (tls.isEmpty()) {
            return InsecureChannelCredentials.create();
        }
        TlsFiles files = tls.get();
        TlsChannelCredentials.Builder credentials = TlsChannelCredentials.newBuilder()
                .keyManager(
                        files.certificateChain().toFile(), files.privateKey().toFile());
        if (files.clientAuthorities().isPresent()) {
            credentials.trustManager(files.clientAuthorities().get().toFile());
        }
        return credentials.build();
    }
}
