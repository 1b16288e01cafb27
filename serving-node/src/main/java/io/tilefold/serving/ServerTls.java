package io.tilefold.serving;

import io.grpc.InsecureServerCredentials;
import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** A node's credentials from PEM files. Looks every so often whether they changed; new connections then use the new ones, old connections go on. */
final class ServerTls implements AutoCloseable {
    private final ServerCredentials credentials;
    private final Optional<ScheduledExecutorService> reloads;

    private ServerTls(ServerCredentials credentials, Optional<ScheduledExecutorService> reloads) {
        this.credentials = credentials;
        this.reloads = reloads;
    }

    /** @throws IOException naming the files, if they cannot be read or do not belong together */
    static ServerTls of(Optional<TlsFiles> files, long reloadMs) throws IOException {
        if (files.isEmpty()) {
            return new ServerTls(InsecureServerCredentials.create(), Optional.empty());
        }
        ScheduledExecutorService reloads =
                Executors.newSingleThreadScheduledExecutor(task -> StoreWatch.daemon(task, "tilefold-tls-reload"));
        try {
            return new ServerTls(credentials(files.get(), reloadMs, reloads), Optional.of(reloads));
        } catch (GeneralSecurityException | IOException | IllegalArgumentException unusable) {
            reloads.shutdownNow();
            throw new IOException("cannot use " + files.get() + ": " + unusable.getMessage(), unusable);
        }
    }

    private static ServerCredentials credentials(TlsFiles files, long reloadMs, ScheduledExecutorService reloads)
            throws GeneralSecurityException, IOException {
        AdvancedTlsX509KeyManager keys = new AdvancedTlsX509KeyManager();
        keys.updateIdentityCredentials(
                files.certificateChain().toFile(),
                files.privateKey().toFile(),
                reloadMs,
                TimeUnit.MILLISECONDS,
                reloads);
        TlsServerCredentials.Builder credentials =
                TlsServerCredentials.newBuilder().keyManager(keys);
        Optional<Path> authorities = files.clientAuthorities();
        if (authorities.isPresent()) {
            AdvancedTlsX509TrustManager trust = AdvancedTlsX509TrustManager.newBuilder()
                    .setVerification(AdvancedTlsX509TrustManager.Verification.CERTIFICATE_ONLY_VERIFICATION)
                    .build();
            trust.updateTrustCredentials(authorities.get().toFile(), reloadMs, TimeUnit.MILLISECONDS, reloads);
            credentials.trustManager(trust).clientAuth(TlsServerCredentials.ClientAuth.REQUIRE);
        }
        return credentials.build();
    }

    ServerCredentials credentials() {
        return credentials;
    }

    @Override
    public void close() {
        reloads.ifPresent(ScheduledExecutorService::shutdownNow);
    }
}
