package io.tilefold.serving;

import io.grpc.BindableService;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.tilefold.proto.serving.v1.DescribeTargetRequest;
import io.tilefold.proto.serving.v1.DescribeTargetResponse;
import io.tilefold.proto.serving.v1.ExplainResponse;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.serving.v1.ListTargetsResponse;
import io.tilefold.proto.serving.v1.RefusedTarget;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** The gRPC service: which method is answered by what. Runs on the event loops and never blocks there. */
final class FeatureService implements BindableService {
    private final FetchEngine engine;
    private final Admission admission;
    private final Explanations explanations;
    private final SchemaMemory schemas;
    private final Shards shards;
    private final Refusals refusals;

    FeatureService(
            FetchEngine engine,
            Admission admission,
            Explanations explanations,
            SchemaMemory schemas,
            Shards shards,
            Refusals refusals) {
        this.refusals = refusals;
        this.engine = engine;
        this.admission = admission;
        this.explanations = explanations;
        this.schemas = schemas;
        this.shards = shards;
    }

    @Override
    public ServerServiceDefinition bindService() {
        ServerServiceDefinition.Builder service = ServerServiceDefinition.builder(FeatureMethods.service());
        service.addMethod(FeatureMethods.FETCH, ServerCalls.asyncUnaryCall(this::fetch));
        service.addMethod(
                FeatureMethods.FETCH_STREAM,
                ServerCalls.asyncBidiStreamingCall(answers -> new FetchStream(engine, admission, answers, refusals)));
        service.addMethod(FeatureServiceGrpc.getExplainMethod(), ServerCalls.asyncUnaryCall(this::explain));
        addUnary(service, FeatureServiceGrpc.getDescribeTargetMethod(), FeatureService::describe);
        addUnary(service, FeatureServiceGrpc.getListTargetsMethod(), (request, targets) -> list(targets));
        addUnary(
                service,
                FeatureServiceGrpc.getGetSchemaMethod(),
                (request, targets) -> schemas.get(request.getSchemaId()));
        addUnary(
                service,
                FeatureServiceGrpc.getGetShardMapMethod(),
                (request, targets) -> shards.toProto(engine.seen()));
        return service.build();
    }

    private void fetch(byte[] request, StreamObserver<WireBuffer> observer) {
        long arrivedNs = System.nanoTime();
        Deadline deadline = Context.current().getDeadline();
        OptionalLong deadlineNs = deadline == null
                ? OptionalLong.empty()
                : OptionalLong.of(arrivedNs + deadline.timeRemaining(TimeUnit.NANOSECONDS));
        engine.fetch(request, 0, request.length, new UnaryReply(observer, refusals), arrivedNs, deadlineNs);
    }

    private void explain(FetchRequest request, StreamObserver<ExplainResponse> observer) {
        explanations.explain(request, new UnaryCaller<>(observer));
    }

    /** A method that is answered from the targets alone. */
    private <Q, A> void addUnary(
            ServerServiceDefinition.Builder service, MethodDescriptor<Q, A> method, BiFunction<Q, Targets, A> answer) {
        service.addMethod(method, ServerCalls.asyncUnaryCall((request, observer) -> {
            A response;
            try {
                response = answer.apply(request, engine.seen().targets());
            } catch (StatusRuntimeException refused) {
                observer.onError(refused);
                return;
            }
            observer.onNext(response);
            observer.onCompleted();
        }));
    }

    private static DescribeTargetResponse describe(DescribeTargetRequest request, Targets targets) {
        @Nullable String join = request.hasJoin() ? request.getJoin() : null;
        @Nullable String groupBy = request.hasGroupBy() ? request.getGroupBy() : null;
        return TargetDescriptions.of(targets.get(join, groupBy));
    }

    private static ListTargetsResponse list(Targets targets) {
        ListTargetsResponse.Builder response = ListTargetsResponse.newBuilder()
                .addAllJoins(targets.joins().served().keySet())
                .addAllGroupBys(targets.groupBys().served().keySet());
        targets.joins()
                .refused()
                .forEach((name, reason) -> response.addRefused(
                        RefusedTarget.newBuilder().setJoin(name).setReason(reason)));
        targets.groupBys()
                .refused()
                .forEach((name, reason) -> response.addRefused(
                        RefusedTarget.newBuilder().setGroupBy(name).setReason(reason)));
        return response.build();
    }
}
