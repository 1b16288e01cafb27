package io.tilefold.client;

import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptor;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import java.util.concurrent.TimeUnit;

/**
 * How this module's clients reach a node: HTTP/2 to {@code "host:port"}, plaintext unless told, keepalive, and the limits below. Nothing connects until the
 * first call. The transport is whichever grpc provider stands on the class path.
 */
public final class Channels {
    /** Bytes of the largest answer that is taken: 10,000 rows of some hundred columns. */
    public static final int MAX_MESSAGE_LENGTH = 64 << 20;

    public static final int MAX_METADATA_LENGTH = 64 << 10;
    public static final long KEEPALIVE_TIME_MS = 30_000;
    public static final long KEEPALIVE_TIMEOUT_MS = 10_000;

    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    private Channels() {}

    /**
     * A channel to {@code "host:port"} (IPv6: {@code "[::1]:7070"}); the caller shuts it down.
     *
     * @throws IllegalArgumentException naming the address
     */
    public static ManagedChannel open(String address) {
        return builder(address).build();
    }

    /** As {@link #open}, for callers that add settings of their own. */
    public static ManagedChannelBuilder<?> builder(String address) {
        return builder(address, InsecureChannelCredentials.create());
    }

    /** As {@link #builder(String)}, encrypted and authenticated as the credentials say. */
    public static ManagedChannelBuilder<?> builder(String address, ChannelCredentials credentials) {
        int colon = address.lastIndexOf(':');
        String host = colon < 0 ? "" : address.substring(0, colon);
        boolean bareIpv6 = host.indexOf(':') >= 0 && !host.startsWith("[");
        if (host.isEmpty() || bareIpv6) {
            throw notAnAddress(address);
        }
        return Grpc.newChannelBuilderForAddress(host, port(address, address.substring(colon + 1)), credentials)
                .keepAliveTime(KEEPALIVE_TIME_MS, TimeUnit.MILLISECONDS)
                .keepAliveTimeout(KEEPALIVE_TIMEOUT_MS, TimeUnit.MILLISECONDS)
                .maxInboundMessageSize(MAX_MESSAGE_LENGTH)
                .maxInboundMetadataSize(MAX_METADATA_LENGTH);
    }

    /** Sends {@code authorization: Bearer TOKEN} with every call: for nodes that ask who calls. Over unencrypted connections anyone on the way can read it. */
    public static ClientInterceptor bearer(String token) {
        Metadata headers = new Metadata();
        headers.put(AUTHORIZATION, "Bearer " + token);
        return MetadataUtils.newAttachHeadersInterceptor(headers);
    }

    private static int port(String address, String text) {
        try {
            int port = Integer.parseInt(text);
            if (port > 0 && port <= 65_535) {
                return port;
            }
        } catch (NumberFormatException notANumber) {
            // said below, with the address
        }
        throw notAnAddress(address);
    }

    private static IllegalArgumentException notAnAddress(String address) {
        return new IllegalArgumentException(
                "\"" + address + "\" is no address: write host:port, for example localhost:7070 or [::1]:7070");
    }
}
