package io.tilefold.serving.peer;

import dev.failsafe.CircuitBreaker;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.proto.serving.v1.PeerServiceGrpc;
import io.tilefold.proto.serving.v1.PeerServiceGrpc.PeerServiceStub;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One serving node of another shard group: a channel, how fast it has answered lately, and whether it is taken for dead. Shared by threads.
 *
 * <p><b>Dead</b> is a node that refused or garbled a call, or that answered nothing for a while in which calls to it ran out of time. From then on it
 * is not asked, so it costs one timeout and not one per request; its health is asked instead, every so often, and with SERVING it is back. Should it
 * have no health service, the circuit breaker lets a call through now and then.
 */
final class PeerNode implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PeerNode.class);
    private static final int MAX_MESSAGE_LENGTH = 64 << 20;
    private static final long KEEPALIVE_TIME_MS = 10_000;
    private static final long KEEPALIVE_TIMEOUT_MS = 2_000;
    private static final Duration UNASKED = Duration.ofSeconds(5);

    /** Weight of what was, after this long without an answer: a third. */
    private static final double MEMORY_NS = TimeUnit.SECONDS.toNanos(5);

    private final String address;
    private final ManagedChannel channel;
    private final PeerServiceStub stub;
    private final ScheduledExecutorService timer;
    private final PeerSettings settings;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicBoolean probing = new AtomicBoolean();
    private final CircuitBreaker<Object> breaker = CircuitBreaker.builder()
            .withFailureThreshold(1)
            .withSuccessThreshold(1)
            .withDelay(UNASKED)
            .build();
    private volatile boolean closed;

    /** Latency by which nodes are compared, nanoseconds: jumps up with a slow answer, decays with faster ones. Guarded by this. */
    private double latencyNs;

    private long latencyAtNs = System.nanoTime();

    /** Since when calls are under way and none has been answered. Guarded by this. */
    private long waitingSinceNs;

    private boolean waiting;

    PeerNode(String address, PeerSettings settings, ScheduledExecutorService timer) {
        this.address = address;
        this.settings = settings;
        this.timer = timer;
        int colon = address.lastIndexOf(':');
        this.channel = Grpc.newChannelBuilderForAddress(
                        address.substring(0, colon),
                        Integer.parseInt(address.substring(colon + 1)),
                        settings.credentials())
                .directExecutor()
                .disableRetry()
                .keepAliveTime(KEEPALIVE_TIME_MS, TimeUnit.MILLISECONDS)
                .keepAliveTimeout(KEEPALIVE_TIMEOUT_MS, TimeUnit.MILLISECONDS)
                .maxInboundMessageSize(MAX_MESSAGE_LENGTH)
                .build();
        this.stub = PeerServiceGrpc.newStub(channel);
    }

    String address() {
        return address;
    }

    /** Makes calls, within the calling context. */
    PeerServiceStub stub() {
        return stub;
    }

    /** What one more call there would be expected to cost. A slow answer is forgotten with time also where nothing is asked: else it would be the last. */
    synchronized double cost(long nowNs) {
        return (latencyNs * kept(nowNs) + 1) * (inFlight.get() + 1);
    }

    /** Takes leave to ask it; false if it is taken for dead. Each leave ends with one of the three methods that follow. */
    boolean tryAsk(long nowNs) {
        if (closed || !breaker.tryAcquirePermit()) {
            return false;
        }
        inFlight.incrementAndGet();
        synchronized (this) {
            if (!waiting) {
                waiting = true;
                waitingSinceNs = nowNs;
            }
        }
        return true;
    }

    void answered(long tookNs, long nowNs) {
        inFlight.decrementAndGet();
        synchronized (this) {
            waiting = false;
            latency(tookNs, nowNs);
        }
        breaker.recordSuccess();
    }

    /** The call was given up, because another attempt was answered first or nobody waits any more. */
    void givenUp() {
        inFlight.decrementAndGet();
        breaker.recordSuccess(); // it says nothing against the node
    }

    void failed(Status.Code code, long tookNs, long nowNs) {
        inFlight.decrementAndGet();
        boolean dead;
        synchronized (this) {
            latency(tookNs, nowNs);
            dead = switch (code) {
                case RESOURCE_EXHAUSTED, FAILED_PRECONDITION -> false;
                case DEADLINE_EXCEEDED ->
                    waiting && nowNs - waitingSinceNs >= TimeUnit.MILLISECONDS.toNanos(settings.hangMs());
                default -> true;
            };
            waiting = waiting && code == Status.Code.DEADLINE_EXCEEDED;
        }
        if (dead) {
            breaker.recordFailure();
            probeSoon(code);
        } else {
            breaker.recordSuccess();
        }
    }

    private void latency(long tookNs, long nowNs) {
        double keep = kept(nowNs);
        latencyNs = tookNs > latencyNs ? tookNs : latencyNs * keep + tookNs * (1 - keep);
        latencyAtNs = nowNs;
    }

    private double kept(long nowNs) {
        return Math.exp(-(nowNs - latencyAtNs) / MEMORY_NS);
    }

    private void probeSoon(Status.Code code) {
        if (probing.compareAndSet(false, true)) {
            LOG.warn("peer {} is not asked for now: {}", address, code);
            probe();
        }
    }

    private void probe() {
        if (closed) {
            return;
        }
        channel.resetConnectBackoff();
        HealthGrpc.newStub(channel)
                .withDeadlineAfter(settings.probeMs(), TimeUnit.MILLISECONDS)
                .check(
                        HealthCheckRequest.newBuilder()
                                .setService(FeatureServiceGrpc.SERVICE_NAME)
                                .build(),
                        new StreamObserver<>() {
                            private boolean serving;

                            @Override
                            public void onNext(HealthCheckResponse response) {
                                serving = response.getStatus() == ServingStatus.SERVING;
                            }

                            @Override
                            public void onError(Throwable failure) {
                                probed(breaker.isClosed()); // a call that was let through found it well
                            }

                            @Override
                            public void onCompleted() {
                                probed(serving);
                            }
                        });
    }

    private void probed(boolean well) {
        if (well) {
            synchronized (this) {
                waiting = false;
                latencyNs = 0;
            }
            breaker.close();
            probing.set(false);
            LOG.info("peer {} is asked again", address);
        } else if (!closed) {
            var unused = timer.schedule(this::probe, settings.probeMs(), TimeUnit.MILLISECONDS);
        }
    }

    /** Refuses new calls; those under way may end. */
    @Override
    public void close() {
        closed = true;
        channel.shutdown();
    }
}
