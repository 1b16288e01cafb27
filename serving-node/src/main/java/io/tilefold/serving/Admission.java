package io.tilefold.serving;

import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the fetches that are under way in this node, small and large ones, those of streams and of peers: each counts from its acceptance until its answer has left for the
 * network (in a stream: for the transport) or its caller has gone. What comes beyond is refused before its request is looked at, with the time to wait. Thread safe.
 */
final class Admission implements ServerInterceptor {
    /** Methods whose calls are counted. */
    static final Set<String> COUNTED = Set.of(
            FeatureMethods.FETCH.getFullMethodName(),
            FeatureServiceGrpc.getExplainMethod().getFullMethodName(),
            PeerMethods.READ.getFullMethodName());

    private final int max;
    private final Refusals refusals;
    private final StatusRuntimeException refusal;
    private final StatusRuntimeException tooLate = Status.DEADLINE_EXCEEDED
            .withDescription("the call's deadline was over when it came")
            .asRuntimeException();
    private final AtomicInteger inFlight = new AtomicInteger();

    Admission(ServingConfig config, Refusals refusals) {
        this.max = config.maxFetchesInFlight();
        this.refusals = refusals;
        this.refusal = Errors.overloaded(
                "TOO_MANY_IN_FLIGHT",
                max + " fetches are under way already",
                "try again after the time in RetryInfo, or ask another node");
    }

    /** Fetches under way. */
    int inFlight() {
        return inFlight.get();
    }

    /** What a fetch is told for which there is no place: RESOURCE_EXHAUSTED. To be read, not sent itself. */
    StatusRuntimeException refusal() {
        return refusal;
    }

    /** There is no place now for one more. */
    boolean isFull() {
        return inFlight.get() >= max;
    }

    /** A fetch has ended. */
    void leave() {
        inFlight.decrementAndGet();
    }

    /** Accepts a fetch, and {@link #leave} must follow; false if so many are under way already. */
    boolean tryEnter() {
        if (inFlight.incrementAndGet() <= max) {
            return true;
        }
        inFlight.decrementAndGet();
        return false;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        MethodDescriptor<Q, A> method = call.getMethodDescriptor();
        boolean counted = COUNTED.contains(method.getFullMethodName());
        Connections.Accepted connection = Connections.of(call);
        if (counted) {
            if (isOver()) {
                return refused(call, tooLate);
            }
            if (!tryEnter()) {
                return refused(call, refusal);
            }
        }
        Admitted<Q, A> admitted = new Admitted<>(call, counted, connection);
        boolean started = false;
        try {
            ServerCall.Listener<Q> listener = new Ending<>(next.startCall(admitted, headers), admitted);
            started = true;
            return listener;
        } finally {
            if (!started) {
                admitted.end();
            }
        }
    }

    private static boolean isOver() {
        Deadline deadline = Context.current().getDeadline();
        return deadline != null && deadline.isExpired();
    }

    /**
     * Ends a call once its request is there. If it were closed before, frames that still come would meet no stream, and the transport would make an error for each, which costs more
     * than a small fetch.
     */
    private <Q> ServerCall.Listener<Q> refused(ServerCall<Q, ?> call, StatusRuntimeException why) {
        refusals.count(why.getStatus().getCode());
        call.request(2); // the request, and the end behind it
        return new ServerCall.Listener<>() {
            @Override
            public void onHalfClose() {
                Metadata trailers = new Metadata();
                Metadata told = why.getTrailers();
                if (told != null) {
                    trailers.merge(told);
                }
                call.close(why.getStatus(), trailers);
            }
        };
    }

    /** A call under way: its place, and what its caller has not read of its answers yet. */
    private final class Admitted<Q, A> extends SimpleForwardingServerCall<Q, A> {
        private final Connections.@Nullable Accepted connection;
        private final AtomicLong waiting = new AtomicLong();
        private final AtomicBoolean counted;

        Admitted(ServerCall<Q, A> call, boolean counted, Connections.@Nullable Accepted connection) {
            super(call);
            this.connection = connection;
            this.counted = new AtomicBoolean(counted);
        }

        @Override
        public void sendMessage(A message) {
            int length = message instanceof WireBuffer answer ? answer.length() : 0;
            super.sendMessage(message);
            boolean taken = isReady(); // grpc holds 32 KiB of it at most
            if (!taken) {
                waiting.addAndGet(length);
                unread(length);
                taken = isReady(); // it may have got so before this was counted
            }
            if (taken) {
                read();
            }
        }

        /** What was sent has left. */
        void read() {
            long bytes = waiting.get() == 0 ? 0 : waiting.getAndSet(0);
            if (bytes > 0) {
                unread(-bytes);
            }
        }

        private void unread(long bytes) {
            if (connection != null) {
                connection.unread(bytes);
            }
        }

        void end() {
            read();
            if (counted.compareAndSet(true, false)) {
                leave();
            }
        }
    }

    /** Sees the end of a call. */
    private static final class Ending<Q> extends SimpleForwardingServerCallListener<Q> {
        private final Admission.Admitted<Q, ?> call;

        Ending(ServerCall.Listener<Q> listener, Admission.Admitted<Q, ?> call) {
            super(listener);
            this.call = call;
        }

        @Override
        public void onReady() {
            call.read();
            super.onReady();
        }

        @Override
        public void onComplete() {
            call.end();
            super.onComplete();
        }

        @Override
        public void onCancel() {
            call.end();
            super.onCancel();
        }
    }
}
