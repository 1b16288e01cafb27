package io.tilefold.cli.config;

import io.tilefold.node.TlsFiles;
import java.nio.file.Path;
import java.util.Optional;

/** What the settings of all nodes say about their certificates. */
final class TlsSettings {
    private TlsSettings() {}

    /** @throws InvalidSettingException if one is there without what it needs */
    static void check(String certificate, String key, String clientAuthorities) {
        if (certificate.isEmpty() != key.isEmpty()) {
            throw new InvalidSettingException(
                    key.isEmpty() ? "tlsKey" : "tlsCertificate",
                    "tlsCertificate and tlsKey belong together: give both, or neither");
        }
        if (certificate.isEmpty() && !clientAuthorities.isEmpty()) {
            throw new InvalidSettingException(
                    "tlsClientAuthorities", "tlsClientAuthorities: needs tlsCertificate and tlsKey");
        }
    }

    /** Empty without a certificate. */
    static Optional<TlsFiles> files(String certificate, String key, String clientAuthorities) {
        if (certificate.isEmpty()) {
            return Optional.empty();
        }
        TlsFiles files = TlsFiles.of(Path.of(certificate), Path.of(key));
        return Optional.of(
                clientAuthorities.isEmpty() ? files : files.withClientAuthorities(Path.of(clientAuthorities)));
    }
}
