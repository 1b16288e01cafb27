package io.tilefold.serving.peer;

import io.grpc.Context;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.tilefold.proto.serving.v1.PeerReadRequest;
import io.tilefold.proto.serving.v1.PeerReadResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One request to one shard group: asks its best node; asks another one at once where that fails, and after a while where it does not answer; takes the first
 * good answer and gives up the rest. Ends when its time is over at the latest, with exactly one result.
 *
 * <p>Its methods are called by the threads of gRPC and of the timer; what they share is guarded by this.
 */
final class PeerCall {
    private final PeerGroup group;
    private final PeerRequest request;
    private final Consumer<PeerResult> then;
    private final List<PeerNode> asked = new ArrayList<>(2);
    private final List<Attempt> underWay = new ArrayList<>(2);
    private @Nullable Future<?> hedge;
    private String failures = "";
    private boolean outOfTime;
    private boolean done;

    PeerCall(PeerGroup group, PeerRequest request, Consumer<PeerResult> then) {
        this.group = group;
        this.request = request;
        this.then = then;
    }

    void start() {
        ask();
    }

    /** Asks one more node, if there is one. */
    private void ask() {
        Attempt attempt;
        PeerResult result = null;
        synchronized (this) {
            long nowNs = System.nanoTime();
            if (done) {
                return;
            }
            attempt = request.untilNs() - nowNs > 0 ? next(nowNs) : null;
            if (attempt == null && underWay.isEmpty()) {
                result = nobody(nowNs);
            } else if (attempt != null) {
                planHedge(nowNs);
            }
        }
        if (attempt != null) {
            attempt.start();
        }
        if (result != null) {
            then.accept(result);
        }
    }

    private @Nullable Attempt next(long nowNs) {
        PeerNode node = group.choose(asked, nowNs);
        if (node == null) {
            return null;
        }
        asked.add(node);
        Attempt attempt = new Attempt(node, nowNs);
        underWay.add(attempt);
        return attempt;
    }

    private PeerResult nobody(long nowNs) {
        done = true;
        String why = failures.isEmpty()
                ? group.nodeCount() == 0
                        ? "no serving node of shard group " + group.shardGroup() + " is known"
                        : "no serving node of shard group " + group.shardGroup() + " is up"
                : failures;
        return outOfTime || request.untilNs() - nowNs <= 0 ? PeerResult.timedOut(why) : PeerResult.unreachable(why);
    }

    /** Has another node asked if the ones asked do not answer soon, and soon enough for it to help. */
    private void planHedge(long nowNs) {
        long delayNs = group.hedgeAfterNs();
        if (asked.size() < group.nodeCount() && request.untilNs() - nowNs > 2 * delayNs) {
            hedge = group.timer().schedule(this::hedge, delayNs, TimeUnit.NANOSECONDS);
        }
    }

    private void hedge() {
        if (group.hedges().tryHedge()) {
            ask();
        }
    }

    private void answered(Attempt attempt, PeerReadResponse response) {
        List<Attempt> rest;
        synchronized (this) {
            if (done) {
                return;
            }
            done = true;
            underWay.remove(attempt);
            rest = List.copyOf(underWay);
            underWay.clear();
            if (hedge != null) {
                hedge.cancel(false);
            }
        }
        rest.forEach(Attempt::giveUp);
        then.accept(PeerResult.of(response));
    }

    private void failed(Attempt attempt, Status status) {
        synchronized (this) {
            underWay.remove(attempt);
            outOfTime |= status.getCode() == Status.Code.DEADLINE_EXCEEDED;
            failures += (failures.isEmpty() ? "" : "; ") + attempt.node.address() + ": " + status.getCode();
        }
        ask();
    }

    /** One node asked. gRPC calls it from one thread at a time. */
    private final class Attempt implements ClientResponseObserver<PeerReadRequest, PeerReadResponse> {
        final PeerNode node;
        private final long startedNs;
        private final Context.CancellableContext context;
        private @Nullable PeerReadResponse response;

        Attempt(PeerNode node, long startedNs) {
            this.node = node;
            this.startedNs = startedNs;
            this.context = request.context().withCancellation();
        }

        void start() {
            context.run(() -> node.stub()
                    .withDeadlineAfter(Math.max(1, request.untilNs() - System.nanoTime()), TimeUnit.NANOSECONDS)
                    .read(request.message(), this));
        }

        void giveUp() {
            context.cancel(null);
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<PeerReadRequest> call) {}

        @Override
        public void onNext(PeerReadResponse message) {
            response = message;
        }

        @Override
        public void onCompleted() {
            PeerReadResponse complete = response;
            try {
                if (complete == null) {
                    throw new IllegalArgumentException("no answer");
                }
                request.check().accept(complete);
            } catch (RuntimeException garbled) {
                end(Status.DATA_LOSS.withDescription(garbled.getMessage()));
                return;
            }
            long nowNs = System.nanoTime();
            node.answered(nowNs - startedNs, nowNs);
            group.latencies().record(nowNs - startedNs);
            context.cancel(null);
            PeerCall.this.answered(this, complete);
        }

        @Override
        public void onError(Throwable failure) {
            end(Status.fromThrowable(failure));
        }

        private void end(Status status) {
            long nowNs = System.nanoTime();
            if (status.getCode() == Status.Code.CANCELLED && context.isCancelled()) {
                node.givenUp();
            } else {
                node.failed(status.getCode(), nowNs - startedNs, nowNs);
            }
            context.cancel(null);
            PeerCall.this.failed(this, status);
        }
    }
}
