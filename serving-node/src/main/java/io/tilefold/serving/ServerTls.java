package io.tilefold.serving;

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
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A node's credentials from PEM files. Looks every so often whether they changed; new connections then use the new ones, old connections go on. */
final class ServerTls implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ServerTls.class);

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
        File chain = files.certificateChain().toFile();
        File key = files.privateKey().toFile();
        AdvancedTlsX509KeyManager keys = new AdvancedTlsX509KeyManager();
        keys.updateIdentityCredentials(chain, key);
        reload(reloads, reloadMs, List.of(chain, key), () -> keys.updateIdentityCredentials(chain, key));
        TlsServerCredentials.Builder credentials =
                TlsServerCredentials.newBuilder().keyManager(keys);
        Optional<Path> authorities = files.clientAuthorities();
        if (authorities.isPresent()) {
            File trusted = authorities.get().toFile();
            AdvancedTlsX509TrustManager trust = AdvancedTlsX509TrustManager.newBuilder()
                    .setVerification(AdvancedTlsX509TrustManager.Verification.CERTIFICATE_ONLY_VERIFICATION)
                    .build();
            trust.updateTrustCredentials(trusted);
            reload(reloads, reloadMs, List.of(trusted), () -> trust.updateTrustCredentials(trusted));
            credentials.trustManager(trust).clientAuth(TlsServerCredentials.ClientAuth.REQUIRE);
        }
        return credentials.build();
    }

    private interface Update {
        void run() throws GeneralSecurityException, IOException;
    }

    /** Files that cannot be used, half written ones too, are tried again at the next look; until then the old ones hold. */
    private static void reload(ScheduledExecutorService reloads, long reloadMs, List<File> files, Update update) {
        AtomicReference<List<Long>> loaded = new AtomicReference<>(times(files));
        reloads.scheduleWithFixedDelay(
                () -> {
                    List<Long> now = times(files);
                    if (!now.equals(loaded.get())) {
                        try {
                            update.run();
                            loaded.set(now);
                            LOG.info("new TLS files are in use: {}", files);
                        } catch (GeneralSecurityException | IOException | RuntimeException unusable) {
                            LOG.warn(
                                    "cannot use changed TLS files {}, the old ones stay: {}",
                                    files,
                                    unusable.toString());
                        }
                    }
                },
                reloadMs,
                reloadMs,
                TimeUnit.MILLISECONDS);
    }

    private static List<Long> times(List<File> files) {
        return files.stream().map(File::lastModified).toList();
    }

    ServerCredentials credentials() {
        return credentials;
    }

    @Override
    public void close() {
        reloads.ifPresent(ScheduledExecutorService::shutdownNow);
    }
}
