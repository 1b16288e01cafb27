package io.tilefold.node;

import java.nio.file.Path;
import java.util.Optional;

/**
 * PEM files of a node that encrypts its connections. They are read anew when they change. Immutable.
 *
 * @param certificateChain the node's own certificate first
 * @param privateKey of that certificate, PKCS 8, not encrypted
 * @param clientAuthorities certificates whose signature a client's certificate must bear; without them clients need none
 */
public record TlsFiles(Path certificateChain, Path privateKey, Optional<Path> clientAuthorities) {
    public static TlsFiles of(Path certificateChain, Path privateKey) {
        return new TlsFiles(certificateChain, privateKey, Optional.empty());
    }

    /** Only clients with a certificate signed by one of these are let in. */
    public TlsFiles withClientAuthorities(Path certificates) {
        return new TlsFiles(certificateChain, privateKey, Optional.of(certificates));
    }
}
