package io.tilefold.node;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ServerCredentials;
import io.grpc.TlsChannelCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.grpc.util.AdvancedTlsX509TrustManager.Verification;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.util.List;
import java.util.Optional;

/**
 * A node's credentials from PEM files, towards its clients and towards its peers. Looks every so often whether they changed; new connections then use the new ones, old
 * connections go on.
 */
public final class NodeTls implements AutoCloseable {
    private final ServerCredentials credentials;
    private final ChannelCredentials peerCredentials;
    private final Optional<FileWatch> watch;

    private NodeTls(ServerCredentials credentials, ChannelCredentials peerCredentials, Optional<FileWatch> watch) {
        this.credentials = credentials;
        this.peerCredentials = peerCredentials;
        this.watch = watch;
    }

    /**
     * Reads the files.
     *
     * @param files without them connections are not encrypted
     * @param clientsNeedCertificate false: where there are authorities for clients, one without a certificate is let in too, to be known by its token
     * @throws IOException naming the files, if they cannot be read or do not belong together
     */
    public static NodeTls of(Optional<TlsFiles> files, long reloadMs, boolean clientsNeedCertificate)
            throws IOException {
        if (files.isEmpty()) {
            return new NodeTls(
                    InsecureServerCredentials.create(), InsecureChannelCredentials.create(), Optional.empty());
        }
        FileWatch watch = new FileWatch("tilefold-tls-reload", reloadMs);
        try {
            return of(files.get(), clientsNeedCertificate, watch);
        } catch (GeneralSecurityException | IOException | IllegalArgumentException unusable) {
            watch.close();
            throw new IOException("cannot use " + files.get() + ": " + unusable.getMessage(), unusable);
        }
    }

    private static NodeTls of(TlsFiles files, boolean clientsNeedCertificate, FileWatch watch)
            throws GeneralSecurityException, IOException {
        File chain = files.certificateChain().toFile();
        File key = files.privateKey().toFile();
        AdvancedTlsX509KeyManager keys = new AdvancedTlsX509KeyManager();
        keys.updateIdentityCredentials(chain, key);
        watch.onChange(
                List.of(files.certificateChain(), files.privateKey()),
                () -> keys.updateIdentityCredentials(chain, key));
        TlsServerCredentials.Builder credentials =
                TlsServerCredentials.newBuilder().keyManager(keys);
        TlsChannelCredentials.Builder peers = TlsChannelCredentials.newBuilder().keyManager(keys);
        Optional<Path> authorities = files.clientAuthorities();
        if (authorities.isPresent()) {
            File trusted = authorities.get().toFile();
            AdvancedTlsX509TrustManager ofClients = trust(Verification.CERTIFICATE_ONLY_VERIFICATION);
            AdvancedTlsX509TrustManager ofPeers = trust(Verification.CERTIFICATE_AND_HOST_NAME_VERIFICATION);
            FileWatch.Update update = () -> {
                ofClients.updateTrustCredentials(trusted);
                ofPeers.updateTrustCredentials(trusted);
            };
            update.run();
            watch.onChange(List.of(authorities.get()), update);
            peers.trustManager(ofPeers);
            credentials
                    .trustManager(ofClients)
                    .clientAuth(
                            clientsNeedCertificate
                                    ? TlsServerCredentials.ClientAuth.REQUIRE
                                    : TlsServerCredentials.ClientAuth.OPTIONAL);
        }
        return new NodeTls(credentials.build(), peers.build(), Optional.of(watch));
    }

    private static AdvancedTlsX509TrustManager trust(Verification verification) throws CertificateException {
        return AdvancedTlsX509TrustManager.newBuilder()
                .setVerification(verification)
                .build();
    }

    /** Towards those who call the node. */
    public ServerCredentials credentials() {
        return credentials;
    }

    /**
     * Towards nodes that this one calls: it shows itself as it does to clients. Their certificates must be of the host they are called by, and signed by one of the client
     * authorities or, without these, by one that the platform trusts.
     */
    public ChannelCredentials peerCredentials() {
        return peerCredentials;
    }

    @Override
    public void close() {
        watch.ifPresent(FileWatch::close);
    }
}
