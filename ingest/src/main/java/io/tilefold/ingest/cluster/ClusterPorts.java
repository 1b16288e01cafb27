package io.tilefold.ingest.cluster;

import io.tilefold.ingest.config.IngestException;
import io.tilefold.ingest.config.MemberAddress;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Random;

/** UDP ports of one cluster member: five in a row. */
record ClusterPorts(String host, int base) {
    static final int COUNT = MemberAddress.CLUSTER_PORTS;

    private static final int FIRST_ANY = 20_000;
    private static final int ANY_RANGE = 12_000;
    private static final int ANY_ATTEMPTS = 100;

    /**
     * Claims the ports from {@code base} on, or any free ones if it is 0. They are free when this returns, not reserved.
     *
     * @throws IngestException naming the port that is in use
     */
    static ClusterPorts claim(String host, int base) {
        if (base != 0) {
            for (int port = base; port < base + COUNT; port++) {
                if (!isFree(host, port)) {
                    throw new IngestException("UDP port " + port + " on " + host + " is in use, and the cluster needs "
                            + base + " to " + (base + COUNT - 1) + ": free it or set clusterPortBase");
                }
            }
            return new ClusterPorts(host, base);
        }
        Random random = new Random(ProcessHandle.current().pid() * 31 + System.nanoTime());
        for (int attempt = 0; attempt < ANY_ATTEMPTS; attempt++) {
            int candidate = FIRST_ANY + random.nextInt(ANY_RANGE);
            if (java.util.stream.IntStream.range(candidate, candidate + COUNT).allMatch(port -> isFree(host, port))) {
                return new ClusterPorts(host, candidate);
            }
        }
        throw new IngestException("no " + COUNT + " free UDP ports in a row between " + FIRST_ANY + " and "
                + (FIRST_ANY + ANY_RANGE) + " on " + host + ": set clusterPortBase");
    }

    private static boolean isFree(String host, int port) {
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(InetAddress.getByName(host), port))) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    /** Those of a member, which may be another one. */
    static ClusterPorts of(MemberAddress member) {
        return new ClusterPorts(member.host(), member.clusterPort());
    }

    String ingress() {
        return endpoint(1);
    }

    String consensus() {
        return endpoint(2);
    }

    String catchUp() {
        return endpoint(4);
    }

    String archiveControl() {
        return endpoint(0);
    }

    /** One entry of the cluster's member list: id, then ingress, consensus, log, catch-up and archive endpoints. */
    String member(int memberId) {
        return memberId + "," + ingress() + "," + consensus() + "," + endpoint(3) + "," + catchUp() + ","
                + archiveControl();
    }

    private String endpoint(int offset) {
        return host + ":" + (base + offset);
    }
}
