package io.tilefold.serving;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;

/** The caller of a call with one answer. */
class UnaryCaller<A> implements Caller {
    private final ServerCallStreamObserver<A> observer;

    UnaryCaller(StreamObserver<A> observer) {
        this.observer = (ServerCallStreamObserver<A>) observer;
        // With a handler set, an answer to a caller that has gone is dropped instead of thrown back.
        this.observer.setOnCancelHandler(() -> {});
    }

    @Override
    public final boolean isCancelled() {
        return observer.isCancelled();
    }

    @Override
    public void fail(StatusRuntimeException refused) {
        observer.onError(refused);
    }

    final void answer(A response) {
        observer.onNext(response);
        observer.onCompleted();
    }
}
