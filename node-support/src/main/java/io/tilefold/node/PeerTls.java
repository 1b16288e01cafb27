package io.tilefold.node;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.TlsChannelCredentials;
import io.grpc.util.AdvancedTlsX509TrustManager;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Optional;

/**
 * How a node shows itself to other nodes: as it does to clients. Its peers are trusted if its client authorities signed them or, without these, those that the platform trusts. Looks
 * every so often whether the files changed; new connections then use the new ones, old connections go on.
 */
public final class PeerTls implements AutoCloseable {
    private final ChannelCredentials credentials;
    private final Optional<FileWatch> watch;

    private PeerTls(ChannelCredentials credentials, Optional<FileWatch> watch) {
        this.credentials = credentials;
        this.watch = watch;
    }

    /**
     * Reads the files.
     *
     * @param files without them connections are not encrypted
     * @throws IOException naming the files, if they cannot be read or do not belong together
     */
    public static PeerTls of(Optional<TlsFiles> files, long reloadMs) throws IOException {
        if (files.isEmpty()) {
            return new PeerTls(InsecureChannelCredentials.create(), Optional.empty());
        }
        FileWatch watch = new FileWatch("tilefold-peer-tls-reload", reloadMs);
        try {
            return new PeerTls(credentials(files.get(), watch), Optional.of(watch));
        } catch (GeneralSecurityException | IOException | IllegalArgumentException unusable) {
            watch.close();
            throw new IOException("cannot use " + files.get() + ": " + unusable.getMessage(), unusable);
        }
    }

    private static ChannelCredentials credentials(TlsFiles files, FileWatch watch)
            throws GeneralSecurityException, IOException {
        TlsChannelCredentials.Builder credentials =
                TlsChannelCredentials.newBuilder().keyManager(NodeTls.identity(files, watch));
        Optional<Path> authorities = files.clientAuthorities();
        if (authorities.isPresent()) {
            File trusted = authorities.get().toFile();
            // The host's name is verified too, as by default.
            AdvancedTlsX509TrustManager trust =
                    AdvancedTlsX509TrustManager.newBuilder().build();
            trust.updateTrustCredentials(trusted);
            watch.onChange(List.of(authorities.get()), () -> trust.updateTrustCredentials(trusted));
            credentials.trustManager(trust);
        }
        return credentials.build();
    }

    public ChannelCredentials credentials() {
        return credentials;
    }

    @Override
    public void close() {
        watch.ifPresent(FileWatch::close);
    }
}
