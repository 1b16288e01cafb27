package io.tilefold.client.upload;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.tilefold.proto.upload.v1.UploadSegmentRequest;
import io.tilefold.proto.upload.v1.UploadSegmentResponse;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One stream of one segment, made blocking: the uploading thread waits for the transport to take the next message, so that at most the
 * transport's own window and one chunk are in memory.
 *
 * <p>Two threads: the uploader calls {@link #send} and {@link #finish}; gRPC calls the observer methods, which only set what is guarded by
 * {@code lock} and signal.
 */
final class SegmentStream implements ClientResponseObserver<UploadSegmentRequest, UploadSegmentResponse> {
    private final long stallTimeoutMs;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private @Nullable ClientCallStreamObserver<UploadSegmentRequest> requests; // set before the call starts
    private boolean ended;
    private @Nullable Throwable failure;
    private @Nullable UploadSegmentResponse response;

    SegmentStream(long stallTimeoutMs) {
        this.stallTimeoutMs = stallTimeoutMs;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<UploadSegmentRequest> stream) {
        requests = stream;
        stream.setOnReadyHandler(() -> signal(() -> {}));
    }

    @Override
    public void onNext(UploadSegmentResponse value) {
        signal(() -> response = value);
    }

    @Override
    public void onError(Throwable cause) {
        signal(() -> {
            failure = cause;
            ended = true;
        });
    }

    @Override
    public void onCompleted() {
        signal(() -> ended = true);
    }

    /**
     * Sends a message as soon as the transport takes it.
     *
     * @return false if the node has ended the call: {@link #finish} says how
     * @throws StatusRuntimeException DEADLINE_EXCEEDED if nothing moved for the stall timeout
     */
    boolean send(UploadSegmentRequest message) throws InterruptedException {
        await("take the next chunk", true);
        if (hasEnded()) {
            return false;
        }
        stream().onNext(message);
        return true;
    }

    /** Ends the stream and waits for the node's answer. */
    UploadSegmentResponse finish() throws InterruptedException {
        if (!hasEnded()) {
            stream().onCompleted();
        }
        await("answer", false);
        lock.lock();
        try {
            if (failure != null) {
                throw Status.fromThrowable(failure).asRuntimeException(Status.trailersFromThrowable(failure));
            }
            if (response == null) {
                throw Status.INTERNAL
                        .withDescription("the node ended the stream without an answer")
                        .asRuntimeException();
            }
            return response;
        } finally {
            lock.unlock();
        }
    }

    /** Breaks the stream off, if it still runs. */
    void cancel(String why) {
        if (!hasEnded()) {
            stream().cancel(why, null);
        }
    }

    private void await(String what, boolean orReady) throws InterruptedException {
        long nanosLeft = TimeUnit.MILLISECONDS.toNanos(stallTimeoutMs);
        lock.lockInterruptibly();
        try {
            while (!ended && !(orReady && stream().isReady())) {
                if (nanosLeft <= 0) {
                    throw Status.DEADLINE_EXCEEDED
                            .withDescription("the node did not " + what + " within " + stallTimeoutMs + " ms")
                            .asRuntimeException();
                }
                nanosLeft = changed.awaitNanos(nanosLeft);
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean hasEnded() {
        lock.lock();
        try {
            return ended;
        } finally {
            lock.unlock();
        }
    }

    private void signal(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private ClientCallStreamObserver<UploadSegmentRequest> stream() {
        if (requests == null) {
            throw new IllegalStateException("the call was not started");
        }
        return requests;
    }
}
