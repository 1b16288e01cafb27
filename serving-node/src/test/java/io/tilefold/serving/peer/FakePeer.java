package io.tilefold.serving.peer;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.stub.StreamObserver;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.proto.serving.v1.PeerReadRequest;
import io.tilefold.proto.serving.v1.PeerReadResponse;
import io.tilefold.proto.serving.v1.PeerServiceGrpc.PeerServiceImplBase;
import io.tilefold.proto.serving.v1.PositionRange;
import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A serving node on loopback that behaves as it is told: answers, late or never, refuses, or answers what was not asked. */
final class FakePeer implements AutoCloseable {
    /** What a call meets. */
    enum Manner {
        ANSWERS,
        /** After {@link #lateMs}. */
        LATE,
        NEVER,
        REFUSES,
        HAS_TOO_MUCH_TO_DO,
        /** An answer of another shard group. */
        ANSWERS_SOMETHING_ELSE,
        /** Bytes that are no message. */
        GARBLES,
        ENDS_WITHOUT_AN_ANSWER
    }

    final AtomicInteger calls = new AtomicInteger();
    final AtomicInteger cancelled = new AtomicInteger();
    final HealthStatusManager health = new HealthStatusManager();
    volatile Manner manner = Manner.ANSWERS;
    volatile long lateMs = 200;
    private final Queue<StreamObserver<PeerReadResponse>> unanswered = new ConcurrentLinkedQueue<>();
    private final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor();
    private final int shardGroup;
    private @Nullable Server server;
    private int port;

    FakePeer(int shardGroup) throws IOException {
        this.shardGroup = shardGroup;
        start();
    }

    /** Listens, again at its former port. */
    void start() throws IOException {
        serving(true);
        server = Grpc.newServerBuilderForPort(port, InsecureServerCredentials.create())
                .addService(new Service())
                .addService(health.getHealthService())
                .build()
                .start();
        port = server.getPort();
    }

    /** Is gone, as a process is that was killed. */
    void stop() throws InterruptedException {
        if (server != null) {
            server.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
        }
    }

    void serving(boolean now) {
        health.setStatus(FeatureServiceGrpc.SERVICE_NAME, now ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
    }

    String address() {
        return "127.0.0.1:" + port;
    }

    @Override
    public void close() throws InterruptedException {
        stop();
        later.shutdownNow();
    }

    private final class Service extends PeerServiceImplBase {
        @Override
        public void read(PeerReadRequest request, StreamObserver<PeerReadResponse> observer) {
            calls.incrementAndGet();
            Context.current()
                    .addListener(
                            context -> {
                                if (context.cancellationCause() != null) {
                                    cancelled.incrementAndGet();
                                }
                            },
                            Runnable::run);
            switch (manner) {
                case ANSWERS -> answer(observer, shardGroup);
                case LATE -> {
                    var unused = later.schedule(() -> answer(observer, shardGroup), lateMs, TimeUnit.MILLISECONDS);
                }
                case NEVER -> unanswered.add(observer);
                case REFUSES -> observer.onError(Status.UNAVAILABLE.asRuntimeException());
                case HAS_TOO_MUCH_TO_DO -> observer.onError(Status.RESOURCE_EXHAUSTED.asRuntimeException());
                case ANSWERS_SOMETHING_ELSE -> answer(observer, shardGroup + 1);
                case GARBLES -> {
                    // A message that its own library writes, and that no reader of this type takes: a string that is
                    // no UTF-8 in a column's name would do as well.
                    observer.onNext(PeerReadResponse.newBuilder()
                            .setUnknownFields(UnknownFieldSet.newBuilder()
                                    .addField(
                                            PeerReadResponse.POSITIONS_FIELD_NUMBER,
                                            UnknownFieldSet.Field.newBuilder()
                                                    .addLengthDelimited(ByteString.copyFrom(new byte[] {-1, -1, 7}))
                                                    .build())
                                    .build())
                            .build());
                    observer.onCompleted();
                }
                case ENDS_WITHOUT_AN_ANSWER -> observer.onCompleted();
            }
        }
    }

    private static void answer(StreamObserver<PeerReadResponse> observer, int group) {
        try {
            observer.onNext(PeerReadResponse.newBuilder()
                    .setPositions(PositionRange.newBuilder().setShardGroup(group))
                    .build());
            observer.onCompleted();
        } catch (RuntimeException gone) {
            // the caller has given up
        }
    }
}
