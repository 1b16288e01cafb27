package io.tilefold.node;

import io.grpc.InsecureServerCredentials;
import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Optional;

/** A node's credentials from PEM files. Looks every so often whether they changed; new connections then use the new ones, old connections go on. */
public final class NodeTls implements AutoCloseable {
    private final ServerCredentials credentials;
    private final Optional<FileWatch> watch;

    private NodeTls(ServerCredentials credentials, Optional<FileWatch> watch) {
        this.credentials = credentials;
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
            return new NodeTls(InsecureServerCredentials.create(), Optional.empty());
        }
        FileWatch watch = new FileWatch("tilefold-tls-reload", reloadMs);
        try {
            return new NodeTls(credentials(files.get(), clientsNeedCertificate, watch), Optional.of(watch));
        } catch (GeneralSecurityException | IOException | IllegalArgumentException unusable) {
            watch.close();
            throw new IOException("cannot use " + files.get() + ": " + unusable.getMessage(), unusable);
        }
    }

    /** The node's certificate and key, which follow their files. */
    static AdvancedTlsX509KeyManager identity(TlsFiles files, FileWatch watch)
            throws GeneralSecurityException, IOException {
        File chain = files.certificateChain().toFile();
        File key = files.privateKey().toFile();
        AdvancedTlsX509KeyManager keys = new AdvancedTlsX509KeyManager();
        keys.updateIdentityCredentials(chain, key);
        watch.onChange(
                List.of(files.certificateChain(), files.privateKey()),
                () -> keys.updateIdentityCredentials(chain, key));
        return keys;
    }

    private static ServerCredentials credentials(TlsFiles files, boolean clientsNeedCertificate, FileWatch watch)
            throws GeneralSecurityException, IOException {
        TlsServerCredentials.Builder credentials =
                TlsServerCredentials.newBuilder().keyManager(identity(files, watch));
        Optional<Path> authorities = files.clientAuthorities();
        if (authorities.isPresent()) {
            File trusted = authorities.get().toFile();
            AdvancedTlsX509TrustManager trust = AdvancedTlsX509TrustManager.newBuilder()
                    .setVerification(AdvancedTlsX509TrustManager.Verification.CERTIFICATE_ONLY_VERIFICATION)
                    .build();
            trust.updateTrustCredentials(trusted);
            watch.onChange(List.of(authorities.get()), () -> trust.updateTrustCredentials(trusted));
            credentials
                    .trustManager(trust)
                    .clientAuth(
                            clientsNeedCertificate
                                    ? TlsServerCredentials.ClientAuth.REQUIRE
                                    : TlsServerCredentials.ClientAuth.OPTIONAL);
        }
        return credentials.build();
    }

    public ServerCredentials credentials() {
        return credentials;
    }

    @Override
    public void close() {
        watch.ifPresent(FileWatch::close);
    }
}
