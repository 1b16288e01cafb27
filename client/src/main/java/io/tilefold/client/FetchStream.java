package io.tilefold.client;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.proto.serving.v1.StreamFetchRequest;
import io.tilefold.proto.serving.v1.StreamFetchResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Fetches over one call, one behind the other without waiting for answers: less work for client and node than calls of their own, for those who fetch all the time. At most so many are under way at one
 * time. Answers come in any order. Thread safe; close it.
 *
 * <pre>{@code
 * try (FetchStream stream = client.stream(64)) {
 *     for (Fetch fetch : fetches) {
 *         stream.fetch(fetch).thenAccept(answer -> ...);
 *     }
 * }
 * }</pre>
 *
 * <p>Deadlines, positions and schemas are the client's. A stream stays with one node: when that ends it or cannot be reached, the fetches under way fail with the reason and the next
 * one opens a stream to the next node. Whether to fetch again is the caller's choice.
 */
public final class FetchStream implements AutoCloseable {
    /** What a node has under way of one stream. */
    static final int MAX_IN_FLIGHT = 128;

    private static final long MAX_BUDGET_MS = 0xFFFF_FFFFL;
    private static final long CLOSE_TIMEOUT_MS = 2_000;

    private final Streams streams;
    private final int maxInFlight;
    private final Duration defaultDeadline;
    private final Semaphore places;
    private @Nullable Connected connected;
    private boolean closed;

    /** What a client does for its streams. */
    interface Streams {
        /** Opens a call to the next node and returns its address. */
        String open(ClientResponseObserver<StreamFetchRequest, StreamFetchResponse> answers);

        FeatureClient.Asked ask(Fetch fetch);

        FetchResult result(FeatureClient.Asked asked, FetchResponse response);
    }

    FetchStream(Streams streams, int maxInFlight, Duration defaultDeadline) {
        if (maxInFlight < 1 || maxInFlight > MAX_IN_FLIGHT) {
            throw new IllegalArgumentException(maxInFlight + " fetches in flight: from 1 to " + MAX_IN_FLIGHT);
        }
        this.streams = streams;
        this.maxInFlight = maxInFlight;
        this.defaultDeadline = defaultDeadline;
        this.places = new Semaphore(maxInFlight);
    }

    /**
     * Sends a fetch; waits for that while as many as there may be are under way, inside the fetch's deadline. The future completes on one of the channel's own threads. It fails with a {@link FetchException}: what the
     * node says of this fetch, {@code DEADLINE_EXCEEDED} when its time is over, or why the stream ended.
     *
     * @throws IllegalArgumentException if the fetch cannot be sent
     * @throws IllegalStateException if the stream is closed
     */
    public CompletableFuture<FetchResult> fetch(Fetch fetch) {
        checkOpen();
        Duration timeout = fetch.deadline().orElse(defaultDeadline);
        long untilNs = System.nanoTime() + timeout.toNanos();
        CompletableFuture<FetchResult> future = new CompletableFuture<>();
        FeatureClient.Asked asked = streams.ask(fetch);
        if (!takePlace(timeout)) {
            future.completeExceptionally(
                    timedOut(timeout, ": " + maxInFlight + " fetches of the stream are under way"));
            return future;
        }
        long leftMs = TimeUnit.NANOSECONDS.toMillis(untilNs - System.nanoTime());
        try {
            current().send(asked, Math.min(Math.max(1, leftMs), MAX_BUDGET_MS), future);
        } catch (RuntimeException failure) {
            places.release();
            throw failure;
        }
        return future.copy()
                .orTimeout(Math.max(1, leftMs), TimeUnit.MILLISECONDS)
                .handle((answer, failure) -> {
                    if (failure == null) {
                        return answer;
                    }
                    Throwable cause = failure instanceof java.util.concurrent.CompletionException wrapped
                                    && wrapped.getCause() != null
                            ? wrapped.getCause()
                            : failure;
                    throw cause instanceof FetchException told ? told : timedOut(timeout, "");
                });
    }

    private static FetchException timedOut(Duration timeout, String why) {
        return FetchException.of(
                Status.DEADLINE_EXCEEDED
                        .withDescription("no answer within " + timeout.toMillis() + " ms" + why)
                        .asRuntimeException(),
                "the stream");
    }

    private boolean takePlace(Duration timeout) {
        try {
            return places.tryAcquire(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private synchronized void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the stream is closed");
        }
    }

    private synchronized Connected current() {
        checkOpen();
        Connected now = connected;
        if (now == null || now.ended()) {
            now = new Connected();
            now.open();
            connected = now;
        }
        return now;
    }

    /** Takes no more fetches, and waits up to two seconds for those under way. */
    @Override
    public void close() {
        Connected last;
        synchronized (this) {
            closed = true;
            last = connected;
        }
        if (last == null) {
            return;
        }
        last.halfClose();
        try {
            if (places.tryAcquire(maxInFlight, CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS)) {
                places.release(maxInFlight); // who waits for a place is to hear that it is closed
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        last.cancel();
    }

    /** A fetch under way. */
    private record Pending(FeatureClient.Asked asked, CompletableFuture<FetchResult> future) {}

    /** One call. Its requests are sent under its monitor; its answers come on a thread of gRPC's. */
    private final class Connected implements ClientResponseObserver<StreamFetchRequest, StreamFetchResponse> {
        private final Map<Long, Pending> pending = new HashMap<>();
        private @Nullable ClientCallStreamObserver<StreamFetchRequest> requests;
        private String address = "";
        private long nextId = 1;
        private boolean over;

        void open() {
            String to = streams.open(this);
            synchronized (this) {
                address = to;
            }
        }

        synchronized boolean ended() {
            return over;
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<StreamFetchRequest> call) {
            synchronized (this) {
                requests = call;
            }
        }

        void send(FeatureClient.Asked asked, long budgetMs, CompletableFuture<FetchResult> future) {
            synchronized (this) {
                if (!over && requests != null) {
                    long id = nextId++;
                    pending.put(id, new Pending(asked, future));
                    requests.onNext(StreamFetchRequest.newBuilder()
                            .setId(id)
                            .setFetch(asked.request())
                            .setBudgetMs((int) budgetMs)
                            .build());
                    return;
                }
            }
            places.release();
            future.completeExceptionally(failure(Status.UNAVAILABLE
                    .withDescription("the stream ended before the fetch was sent")
                    .asRuntimeException()));
        }

        synchronized void halfClose() {
            if (!over && requests != null) {
                requests.onCompleted();
            }
        }

        synchronized void cancel() {
            if (!over && requests != null) {
                requests.cancel("the stream was closed", null);
            }
        }

        private FetchException failure(StatusRuntimeException status) {
            synchronized (this) {
                return FetchException.of(status, address);
            }
        }

        @Override
        public void onNext(StreamFetchResponse response) {
            Pending answered;
            synchronized (this) {
                answered = pending.remove(response.getId());
            }
            if (answered == null) {
                return; // no fetch of ours: the node echoes what it was sent
            }
            places.release();
            if (response.hasAnswer()) {
                try {
                    answered.future.complete(streams.result(answered.asked, response.getAnswer()));
                } catch (RuntimeException unreadable) {
                    answered.future.completeExceptionally(unreadable);
                }
            } else {
                answered.future.completeExceptionally(FetchException.of(response.getError(), address()));
            }
        }

        private synchronized String address() {
            return address;
        }

        @Override
        public void onError(Throwable failure) {
            end(
                    failure instanceof StatusRuntimeException known
                            ? known
                            : Status.fromThrowable(failure).asRuntimeException());
        }

        @Override
        public void onCompleted() {
            end(Status.UNAVAILABLE.withDescription("the node ended the stream").asRuntimeException());
        }

        private void end(StatusRuntimeException why) {
            Map<Long, Pending> left;
            synchronized (this) {
                over = true;
                left = Map.copyOf(pending);
                pending.clear();
            }
            for (Pending one : left.values()) {
                places.release();
                one.future.completeExceptionally(failure(why));
            }
        }
    }
}
