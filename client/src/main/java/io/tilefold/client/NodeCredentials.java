package io.tilefold.client;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannelBuilder;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Files with which a client shows nodes who it is, and knows them. They are read when a connection is opened, on the machine that opens it. Immutable.
 *
 * @param tlsAuthorities PEM file of the authorities that sign the nodes' certificates; empty: connections are not encrypted
 * @param tlsCertificate PEM file of the client's own certificate, where nodes ask for one; empty: none
 * @param tlsKey PEM file of its private key
 * @param tokenFile its first line is the token to send, where nodes ask who calls; empty: none
 */
public record NodeCredentials(String tlsAuthorities, String tlsCertificate, String tlsKey, String tokenFile)
        implements Serializable {
    /** Plaintext, from nobody in particular. */
    public static final NodeCredentials NONE = new NodeCredentials("", "", "", "");

    public NodeCredentials {
        if (tlsCertificate.isEmpty() != tlsKey.isEmpty()) {
            throw new IllegalArgumentException("a certificate and its key belong together: give both, or neither");
        }
        if (tlsAuthorities.isEmpty() && !tlsCertificate.isEmpty()) {
            throw new IllegalArgumentException(
                    "a client certificate is of use only with the authorities of the nodes' certificates: give both");
        }
    }

    /**
     * A channel to {@code "host:port"} with these credentials, not yet built.
     *
     * @throws IOException naming the files, if they cannot be used
     * @throws IllegalArgumentException naming the address
     */
    public ManagedChannelBuilder<?> channel(String address) throws IOException {
        ManagedChannelBuilder<?> channel = Channels.builder(address, tls());
        token().ifPresent(token -> channel.intercept(Channels.bearer(token)));
        return channel;
    }

    /** @throws IOException naming the files, if they cannot be used */
    public ChannelCredentials tls() throws IOException {
        if (tlsAuthorities.isEmpty()) {
            return InsecureChannelCredentials.create();
        }
        try {
            TlsChannelCredentials.Builder tls = TlsChannelCredentials.newBuilder()
                    .trustManager(Path.of(tlsAuthorities).toFile());
            if (!tlsCertificate.isEmpty()) {
                tls.keyManager(Path.of(tlsCertificate).toFile(), Path.of(tlsKey).toFile());
            }
            return tls.build();
        } catch (IOException | IllegalArgumentException unusable) {
            throw new IOException(
                    "cannot use the TLS files " + tlsAuthorities + ", " + tlsCertificate + ", " + tlsKey + ": "
                            + unusable.getMessage(),
                    unusable);
        }
    }

    /**
     * The token to send; empty if none was given.
     *
     * @throws IOException naming the file, if it cannot be read or is empty
     */
    public Optional<String> token() throws IOException {
        if (tokenFile.isEmpty()) {
            return Optional.empty();
        }
        Optional<String> first;
        try {
            first = Files.readString(Path.of(tokenFile))
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .findFirst();
        } catch (IOException unreadable) {
            throw new IOException("cannot read the token file " + tokenFile + ": " + unreadable, unreadable);
        }
        if (first.isEmpty()) {
            throw new IOException("the token file " + tokenFile + " is empty");
        }
        return first;
    }
}
