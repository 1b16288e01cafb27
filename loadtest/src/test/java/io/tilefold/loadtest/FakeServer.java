package io.tilefold.loadtest;

import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.proto.serving.v1.PartAnswer;
import io.tilefold.proto.serving.v1.PartStatus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/** A feature service that does to the n-th fetch what a test says. */
final class FakeServer implements AutoCloseable {
    private final Server server;

    /** @param answer takes the number of the fetch, from 0, and its observer; called by one thread at a time */
    FakeServer(BiConsumer<Integer, StreamObserver<FetchResponse>> answer) throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .directExecutor()
                .addService(new FeatureServiceGrpc.FeatureServiceImplBase() {
                    private int fetches;

                    @Override
                    public synchronized void fetch(FetchRequest request, StreamObserver<FetchResponse> observer) {
                        answer.accept(fetches++, observer);
                    }
                })
                .build()
                .start();
    }

    static void complete(StreamObserver<FetchResponse> observer) {
        observer.onNext(FetchResponse.newBuilder()
                .setRowCount(1)
                .addParts(PartAnswer.newBuilder().addStatuses(PartStatus.PART_STATUS_COMPLETE))
                .build());
        observer.onCompleted();
    }

    /** Blocks the connection's event loop, as a pause of the whole process would. */
    static void stall(long milliseconds) {
        try {
            TimeUnit.MILLISECONDS.sleep(milliseconds);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    String address() {
        return "127.0.0.1:" + server.getPort();
    }

    @Override
    public void close() {
        server.shutdownNow();
    }
}
