package io.tilefold.serving;

import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.serving.v1.FetchResponse;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.EpochClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One fetch under way. Handed from thread to thread, used by one at a time. */
final class FetchCall {
    private static final Logger LOG = LoggerFactory.getLogger(FetchCall.class);
    private static final ThrottledLog FAILURES = new ThrottledLog(LOG);

    private final FetchRequest request;
    private final ServerCallStreamObserver<FetchResponse> observer;
    private final OptionalLong deadlineNs;
    private long nowMs;
    private boolean clockRead;
    private int refreshes;

    FetchCall(FetchRequest request, StreamObserver<FetchResponse> observer) {
        this.request = request;
        this.observer = (ServerCallStreamObserver<FetchResponse>) observer;
        // With a handler set, an answer to a caller that has gone is dropped instead of thrown back.
        this.observer.setOnCancelHandler(() -> {});
        Deadline deadline = Context.current().getDeadline();
        this.deadlineNs = deadline == null
                ? OptionalLong.empty()
                : OptionalLong.of(System.nanoTime() + deadline.timeRemaining(TimeUnit.NANOSECONDS));
    }

    FetchRequest request() {
        return request;
    }

    boolean isCancelled() {
        return observer.isCancelled();
    }

    /** By {@link System#nanoTime}; empty if the caller gave none. */
    OptionalLong deadlineNs() {
        return deadlineNs;
    }

    /** The clock, read at the first call: one q for the request. */
    long nowMs(EpochClock clock) {
        if (!clockRead) {
            nowMs = clock.time();
            clockRead = true;
        }
        return nowMs;
    }

    /** How often the call was held back for a newer view. */
    int refreshes() {
        return refreshes;
    }

    /** Counts another time, unless it was held back so often already. */
    boolean countRefresh(int bound) {
        return refreshes++ < bound;
    }

    void respond(FetchResponse response) {
        observer.onNext(response);
        observer.onCompleted();
    }

    /** Runs a step of the call; what it throws ends the call. */
    void run(Runnable step) {
        try {
            step.run();
        } catch (CancellationException gone) {
            observer.onError(Status.CANCELLED.withDescription(gone.getMessage()).asRuntimeException());
        } catch (StatusRuntimeException refused) {
            observer.onError(refused);
        } catch (RuntimeException | Error failure) { // whatever it was, the caller must not wait for ever
            FAILURES.error("a fetch of " + request.getJoin() + request.getGroupBy() + " failed", failure);
            observer.onError(Errors.internal(failure));
        }
    }
}
