package io.tilefold.serving.external;

import io.grpc.CallOptions;
import io.grpc.ChannelCredentials;
import io.grpc.ClientCall;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.tilefold.proto.external.v1.ExternalServiceGrpc;
import io.tilefold.proto.external.v1.LookupRequest;
import io.tilefold.proto.external.v1.LookupResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Another gRPC service, one that implements {@code tilefold.external.v1.ExternalService}. One channel, which balances over the addresses of its target. */
final class GrpcSource implements ExternalSource {
    private static final long KEEPALIVE_TIME_S = 30;
    private static final long KEEPALIVE_TIMEOUT_S = 10;

    private final ManagedChannel channel;

    /** @param target HOST:PORT, or any target of grpc's name resolvers */
    GrpcSource(String target, ChannelCredentials credentials) {
        channel = Grpc.newChannelBuilder(target, credentials)
                .directExecutor() // answers are handed on at once
                .defaultLoadBalancingPolicy("round_robin")
                .keepAliveTime(KEEPALIVE_TIME_S, TimeUnit.SECONDS)
                .keepAliveTimeout(KEEPALIVE_TIMEOUT_S, TimeUnit.SECONDS)
                .build();
    }

    @Override
    public CompletableFuture<LookupResponse> lookup(LookupRequest request, long timeoutNs) {
        ClientCall<LookupRequest, LookupResponse> call = channel.newCall(
                ExternalServiceGrpc.getLookupMethod(),
                CallOptions.DEFAULT.withDeadlineAfter(timeoutNs, TimeUnit.NANOSECONDS));
        CompletableFuture<LookupResponse> answer = new CompletableFuture<>();
        ClientCalls.asyncUnaryCall(call, request, new StreamObserver<>() {
            @Override
            public void onNext(LookupResponse response) {
                answer.complete(response);
            }

            @Override
            public void onError(Throwable failure) {
                answer.completeExceptionally(failure);
            }

            @Override
            public void onCompleted() {
                answer.completeExceptionally(new IllegalStateException("the source ended the call without an answer"));
            }
        });
        answer.whenComplete((response, failure) -> {
            if (answer.isCancelled()) {
                call.cancel("nobody waits any more", null);
            }
        });
        return answer;
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
