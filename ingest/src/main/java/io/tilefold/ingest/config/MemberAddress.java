package io.tilefold.ingest.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a member of a shard group is reached. Its id is its place in the list of members, which is the same on every member.
 *
 * @param host the member listens on it, and the others reach it by it
 * @param clusterPort the first of {@value #CLUSTER_PORTS} UDP ports in a row
 * @param grpcPort TCP port of the upload, admin and node services
 */
public record MemberAddress(String host, int clusterPort, int grpcPort) {
    /** UDP ports a member needs, one behind the other. */
    public static final int CLUSTER_PORTS = 5;

    private static final int PORT_MAX = 65_535;

    public MemberAddress {
        if (host.isBlank()
                || clusterPort < 1
                || clusterPort > PORT_MAX - CLUSTER_PORTS + 1
                || grpcPort < 1
                || grpcPort > PORT_MAX) {
            throw new IllegalArgumentException("member " + host + ":" + clusterPort + ":" + grpcPort + " is not "
                    + "HOST:CLUSTER_PORT:GRPC_PORT with a cluster port that has four more behind it");
        }
    }

    /**
     * Reads {@code HOST:CLUSTER_PORT:GRPC_PORT}.
     *
     * @throws IllegalArgumentException naming the text
     */
    public static MemberAddress parse(String text) {
        String[] parts = text.strip().split(":", -1);
        try {
            if (parts.length == 3) {
                return new MemberAddress(parts[0], Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
            }
        } catch (NumberFormatException e) {
            throw malformed(text, e);
        }
        throw malformed(text, null);
    }

    private static IllegalArgumentException malformed(String text, @Nullable Throwable cause) {
        return new IllegalArgumentException(
                "member '" + text + "' is not HOST:CLUSTER_PORT:GRPC_PORT, for example 10.0.0.1:20000:7070", cause);
    }

    /** The gRPC address, {@code HOST:PORT}. */
    public String grpcTarget() {
        return host + ":" + grpcPort;
    }

    /** How many of these members are a majority. */
    public static int majority(List<MemberAddress> members) {
        return members.size() / 2 + 1;
    }

    @Override
    public String toString() {
        return host + ":" + clusterPort + ":" + grpcPort;
    }
}
