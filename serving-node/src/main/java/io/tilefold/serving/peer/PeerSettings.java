package io.tilefold.serving.peer;

import io.grpc.ChannelCredentials;

/**
 * How peers are asked.
 *
 * @param maxCalls under way to one shard group at one time
 * @param hangMs a node that has answered nothing for this long, while calls to it ran out of time, counts as dead
 * @param probeMs between looks at whether a dead node is back
 * @param leastHedgeNs a second attempt waits at least this long for the first
 */
public record PeerSettings(int maxCalls, long hangMs, long probeMs, long leastHedgeNs, ChannelCredentials credentials) {
    public static final int DEFAULT_MAX_CALLS = 1_000;
    private static final long HANG_MS = 50;
    private static final long PROBE_MS = 500;
    private static final long LEAST_HEDGE_NS = 1_000_000;

    /** The defaults, with these bounds and credentials. */
    public static PeerSettings of(int maxCalls, ChannelCredentials credentials) {
        return new PeerSettings(maxCalls, HANG_MS, PROBE_MS, LEAST_HEDGE_NS, credentials);
    }
}
