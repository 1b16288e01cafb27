package io.tilefold.ingest.cluster;

import io.aeron.Aeron;
import io.aeron.Publication;
import io.aeron.cluster.client.AeronCluster;
import io.aeron.cluster.client.EgressListener;
import io.aeron.cluster.codecs.EventCode;
import io.aeron.exceptions.AeronException;
import io.aeron.logbuffer.Header;
import io.tilefold.ingest.log.Outbound;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.ControlledMessageHandler;
import org.agrona.concurrent.NanoClock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Offers queued entries to the cluster's leader, in order. Back-pressure leaves them queued. A session lasts beyond its leader; a lost one is
 * opened again. What was under way to a leader that went may or may not be in the log, which {@link #sessionNumber} tells those who care.
 */
public final class LogClient implements Agent {
    private static final Logger LOG = LoggerFactory.getLogger(LogClient.class);
    private static final long KEEP_ALIVE_INTERVAL_NS = 1_000_000_000L;
    private static final long RETRY_INTERVAL_NS = 200_000_000L;

    private final ClusterLayout layout;
    private final Outbound outbound;
    private final NanoClock clock;
    private final ControlledMessageHandler offerEntry = this::offerEntry;
    private AeronCluster.@Nullable AsyncConnect connecting;
    private @Nullable AeronCluster client;
    private long nextKeepAliveNs;
    private long nextConnectNs;
    private final AtomicLong sessionNumber = new AtomicLong();

    public LogClient(ClusterLayout layout, Outbound outbound, NanoClock clock) {
        this.layout = layout;
        this.outbound = outbound;
        this.clock = clock;
        this.nextConnectNs = clock.nanoTime();
    }

    @Override
    public String roleName() {
        return "log-client";
    }

    /** Counts sessions and their changes of leader; 0 before the first. */
    public long sessionNumber() {
        return sessionNumber.get();
    }

    @Override
    public int doWork() {
        long nowNs = clock.nanoTime();
        AeronCluster open = client;
        if (open == null) {
            return connect(nowNs);
        }
        if (open.isClosed()) {
            LOG.warn("session {} with the cluster is closed: opening another", open.clusterSessionId());
            drop(nowNs);
            return 1;
        }
        try {
            return exchange(open, nowNs);
        } catch (AeronException e) {
            LOG.warn("session {} with the cluster failed: {}", open.clusterSessionId(), e.getMessage());
            drop(nowNs);
            return 1;
        }
    }

    private int exchange(AeronCluster open, long nowNs) {
        int work = open.pollEgress() + open.pollStateChanges();
        work += outbound.drain(offerEntry);
        if (nowNs - nextKeepAliveNs >= 0) {
            open.sendKeepAlive();
            nextKeepAliveNs = nowNs + KEEP_ALIVE_INTERVAL_NS;
        }
        return work;
    }

    private int connect(long nowNs) {
        if (nowNs - nextConnectNs < 0) {
            return 0;
        }
        try {
            AeronCluster.AsyncConnect attempt = connecting;
            if (attempt == null) {
                attempt = AeronCluster.asyncConnect(layout.client()
                        .aeron(layout.connect("tilefold-log-client", Aeron.Configuration.DEFAULT_ERROR_HANDLER))
                        .ownsAeronClient(true)
                        .egressListener(new SessionEvents()));
                connecting = attempt;
            }
            AeronCluster connected = attempt.poll();
            if (connected == null) {
                return 0;
            }
            connecting = null;
            client = connected;
            nextKeepAliveNs = nowNs + KEEP_ALIVE_INTERVAL_NS;
            sessionNumber.incrementAndGet();
            LOG.info(
                    "session {} with the cluster is open, its leader is member {}",
                    connected.clusterSessionId(),
                    connected.leaderMemberId());
            return 1;
        } catch (AeronException e) {
            LOG.warn("no session with the cluster yet: {}", e.getMessage());
            drop(nowNs);
            return 1;
        }
    }

    private void drop(long nowNs) {
        CloseHelper.quietCloseAll(connecting, client);
        connecting = null;
        client = null;
        nextConnectNs = nowNs + RETRY_INTERVAL_NS;
    }

    private ControlledMessageHandler.Action offerEntry(
            int messageType, MutableDirectBuffer buffer, int offset, int length) {
        AeronCluster open = client;
        if (open == null || open.isClosed()) {
            return ControlledMessageHandler.Action.ABORT;
        }
        long result = open.offer(buffer, offset, length);
        if (result > 0) {
            nextKeepAliveNs = clock.nanoTime() + KEEP_ALIVE_INTERVAL_NS;
            return ControlledMessageHandler.Action.CONTINUE;
        }
        if (result == Publication.MAX_POSITION_EXCEEDED) {
            open.close();
        }
        return ControlledMessageHandler.Action.ABORT;
    }

    @Override
    public void onClose() {
        CloseHelper.quietCloseAll(connecting, client);
    }

    private final class SessionEvents implements EgressListener {
        @Override
        public void onMessage(
                long clusterSessionId, long timestamp, DirectBuffer buffer, int offset, int length, Header header) {}

        @Override
        public void onNewLeader(
                long clusterSessionId, long leadershipTermId, int leaderMemberId, String ingressEndpoints) {
            sessionNumber.incrementAndGet();
            LOG.info("session {}: member {} leads, term {}", clusterSessionId, leaderMemberId, leadershipTermId);
        }

        @Override
        public void onSessionEvent(
                long correlationId,
                long clusterSessionId,
                long leadershipTermId,
                int leaderMemberId,
                EventCode code,
                String detail) {
            if (code != EventCode.OK) {
                LOG.warn("session {}: {} {}", clusterSessionId, code, detail);
            }
        }
    }
}
