package io.tilefold.ingest.rpc;

import com.google.rpc.Code;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.tile.SegmentSummary;
import io.tilefold.ingest.cluster.IngestService;
import io.tilefold.ingest.group.BaseKeeper;
import io.tilefold.ingest.group.SegmentReading;
import io.tilefold.proto.node.v1.DescribeRequest;
import io.tilefold.proto.node.v1.DescribeResponse;
import io.tilefold.proto.node.v1.NodeServiceGrpc.NodeServiceImplBase;
import io.tilefold.proto.node.v1.PrepareRequest;
import io.tilefold.proto.node.v1.PrepareResponse;
import io.tilefold.proto.node.v1.PreparedSegment;
import io.tilefold.proto.node.v1.ReadSegmentRequest;
import io.tilefold.proto.node.v1.ReadSegmentResponse;
import io.tilefold.store.TileStore;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** tilefold.node.v1.NodeService: what the other members of the group ask. Answers before the node is ready, but prepares nothing then. */
final class NodeEndpoint extends NodeServiceImplBase {
    private final ServerSettings settings;
    private final TileStore store;
    private final IngestService service;
    private final BaseKeeper bases;
    private final BooleanSupplier hasLog;
    private final Supplier<OptionalLong> logStart;
    private final BooleanSupplier ready;
    private final Executor executor;

    /** @param logStart where this member's log begins; empty while it has not found out */
    NodeEndpoint(
            ServerSettings settings,
            TileStore store,
            IngestService service,
            BaseKeeper bases,
            BooleanSupplier hasLog,
            Supplier<OptionalLong> logStart,
            BooleanSupplier ready,
            Executor executor) {
        this.settings = settings;
        this.store = store;
        this.service = service;
        this.bases = bases;
        this.hasLog = hasLog;
        this.logStart = logStart;
        this.ready = ready;
        this.executor = executor;
    }

    @Override
    public void describe(DescribeRequest request, StreamObserver<DescribeResponse> response) {
        DescribeResponse.Builder answer = DescribeResponse.newBuilder()
                .setShardGroup(settings.shardGroup())
                .setShardCount(settings.shards().shardCount())
                .addAllShards(settings.shards().list())
                .setMemberId(settings.memberId())
                .setHasLog(hasLog.getAsBoolean())
                .setLeader(service.isLeader())
                .setPosition(service.publishedPosition());
        logStart.get().ifPresent(answer::setLogStartPosition);
        response.onNext(answer.build());
        response.onCompleted();
    }

    @Override
    public void prepare(PrepareRequest request, StreamObserver<PrepareResponse> response) {
        if (!ready.getAsBoolean()) {
            response.onError(RpcErrors.error(Code.UNAVAILABLE, "STARTING", "the member is starting: try again later"));
            return;
        }
        try {
            bases.prepare(
                            new DefinitionId(request.getDefinitionId()),
                            request.getVersion(),
                            request.getBatchEndMs(),
                            request.getSourceMemberId())
                    .whenCompleteAsync(
                            (segments, failure) ->
                                    Replies.replyPlain(response, segments, failure, NodeEndpoint::toResponse),
                            executor);
        } catch (RuntimeException e) {
            response.onError(RpcErrors.of(e));
        }
    }

    private static PrepareResponse toResponse(List<SegmentSummary> segments) {
        PrepareResponse.Builder response = PrepareResponse.newBuilder();
        for (SegmentSummary segment : segments) {
            response.addSegments(PreparedSegment.newBuilder()
                    .setShard(segment.shard())
                    .setLength(segment.length())
                    .setCrc32C(segment.crc32c())
                    .setKeyCount(segment.keyCount()));
        }
        return response.build();
    }

    @Override
    public void readSegment(ReadSegmentRequest request, StreamObserver<ReadSegmentResponse> response) {
        try {
            FileChannel file = FileChannel.open(
                    store.newSegment(
                                    new DefinitionId(request.getDefinitionId()),
                                    request.getVersion(),
                                    request.getShard())
                            .path(),
                    StandardOpenOption.READ);
            new SegmentReading(file, (ServerCallStreamObserver<ReadSegmentResponse>) response).start();
        } catch (NoSuchFileException e) {
            response.onError(RpcErrors.error(
                    Code.NOT_FOUND,
                    "NO_SUCH_SEGMENT",
                    "version " + request.getVersion() + ", shard " + request.getShard() + " is not here"));
        } catch (IOException | RuntimeException e) {
            response.onError(RpcErrors.of(e));
        }
    }
}
