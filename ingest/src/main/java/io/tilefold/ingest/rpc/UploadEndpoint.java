package io.tilefold.ingest.rpc;

import com.google.rpc.Code;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.tilefold.core.tile.SegmentSummary;
import io.tilefold.ingest.apply.CommandResult;
import io.tilefold.ingest.apply.CommittedVersion;
import io.tilefold.ingest.apply.IngestState;
import io.tilefold.ingest.cluster.Commands;
import io.tilefold.ingest.group.VersionPreparation;
import io.tilefold.ingest.kafka.LaneStarts;
import io.tilefold.ingest.log.LogEntries;
import io.tilefold.ingest.log.PartitionId;
import io.tilefold.proto.upload.v1.AbortUploadRequest;
import io.tilefold.proto.upload.v1.AbortUploadResponse;
import io.tilefold.proto.upload.v1.BeginUploadRequest;
import io.tilefold.proto.upload.v1.BeginUploadResponse;
import io.tilefold.proto.upload.v1.CommitUploadRequest;
import io.tilefold.proto.upload.v1.CommitUploadResponse;
import io.tilefold.proto.upload.v1.GetUploadRequest;
import io.tilefold.proto.upload.v1.GetUploadResponse;
import io.tilefold.proto.upload.v1.SegmentProgress;
import io.tilefold.proto.upload.v1.UploadSegmentRequest;
import io.tilefold.proto.upload.v1.UploadSegmentResponse;
import io.tilefold.proto.upload.v1.UploadServiceGrpc.UploadServiceImplBase;
import io.tilefold.store.TileStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** tilefold.upload.v1.UploadService. Its calls run on the server's executor, which may wait for the disk but not for the log. */
final class UploadEndpoint extends UploadServiceImplBase {
    private static final Logger LOG = LoggerFactory.getLogger(UploadEndpoint.class);

    private final int shardGroup;
    private final TileStore store;
    private final IngestState state;
    private final Uploads uploads;
    private final Commands commands;
    private final LaneStarts laneStarts;
    private final Executor executor;

    UploadEndpoint(
            int shardGroup,
            TileStore store,
            IngestState state,
            Uploads uploads,
            Commands commands,
            LaneStarts laneStarts,
            Executor executor) {
        this.shardGroup = shardGroup;
        this.store = store;
        this.state = state;
        this.uploads = uploads;
        this.commands = commands;
        this.laneStarts = laneStarts;
        this.executor = executor;
    }

    @Override
    public void beginUpload(BeginUploadRequest request, StreamObserver<BeginUploadResponse> response) {
        answer(
                response,
                () -> BeginUploadResponse.newBuilder()
                        .setVersion(uploads.begin(request.getDefinitionId(), request.getBatchEndMs())
                                .version())
                        .setShardCount(uploads.shardCount())
                        .build());
    }

    @Override
    public StreamObserver<UploadSegmentRequest> uploadSegment(StreamObserver<UploadSegmentResponse> response) {
        ServerCallStreamObserver<UploadSegmentResponse> call =
                (ServerCallStreamObserver<UploadSegmentResponse>) response;
        return new SegmentStream(uploads, call);
    }

    @Override
    public void getUpload(GetUploadRequest request, StreamObserver<GetUploadResponse> response) {
        answer(response, () -> {
            Upload upload = uploads.get(request.getVersion());
            GetUploadResponse.Builder builder = GetUploadResponse.newBuilder()
                    .setDefinitionId(upload.definition().hex())
                    .setBatchEndMs(upload.batchEndMs());
            for (int shard = 0; shard < upload.segments().size(); shard++) {
                SegmentUpload segment = upload.segments().get(shard);
                builder.addSegments(SegmentProgress.newBuilder()
                        .setShard(shard)
                        .setReceivedLength(segment.received())
                        .setComplete(segment.isComplete()));
            }
            return builder.build();
        });
    }

    @Override
    public void abortUpload(AbortUploadRequest request, StreamObserver<AbortUploadResponse> response) {
        answer(response, () -> {
            uploads.abort(uploads.get(request.getVersion()));
            LOG.info("upload {} aborted", request.getVersion());
            return AbortUploadResponse.getDefaultInstance();
        });
    }

    @Override
    public void commitUpload(CommitUploadRequest request, StreamObserver<CommitUploadResponse> response) {
        long version = request.getVersion();
        CommittedVersion done = state.committed(version);
        if (done != null) {
            answer(response, () -> committed(done.position())); // asked again: the answer was lost
            return;
        }
        Upload upload;
        try {
            upload = uploads.get(version);
            if (!upload.beginCommit()) {
                throw RpcErrors.error(
                        Code.ABORTED, "UPLOAD_COMMITTING", "upload " + version + " is being committed by another call");
            }
        } catch (RuntimeException e) {
            response.onError(RpcErrors.of(e));
            return;
        }
        try {
            List<SegmentSummary> verified = verify(upload, request);
            VersionPreparation.begin(uploads.peers(), upload.definition(), version, upload.batchEndMs(), verified)
                    .thenComposeAsync(prepared -> submitCommit(upload, verified), executor)
                    .whenCompleteAsync(
                            (result, failure) -> {
                                upload.endCommit();
                                Replies.reply(response, result, failure, applied -> toResponse(upload, applied));
                            },
                            executor);
        } catch (RuntimeException e) {
            upload.endCommit();
            response.onError(RpcErrors.of(e));
        }
    }

    private CompletableFuture<CommandResult> submitCommit(Upload upload, List<SegmentSummary> verified) {
        Map<PartitionId, Long> lanes =
                laneStarts.find(state.partitions().awaiting(upload.definition()), upload.batchEndMs());
        return commands.submit(command -> LogEntries.commitVersion(
                command, upload.definition(), upload.version(), upload.batchEndMs(), verified, lanes));
    }

    /** Every byte on this disk against its checksums, and every file against what its writer wrote. */
    private List<SegmentSummary> verify(Upload upload, CommitUploadRequest request) {
        List<Integer> missing = upload.missingShards();
        if (!missing.isEmpty()) {
            throw RpcErrors.error(
                    Code.FAILED_PRECONDITION,
                    "SEGMENTS_MISSING",
                    "upload " + upload.version() + ": the segments of shards " + missing + " are not complete",
                    Map.of("shards", missing.stream().map(String::valueOf).collect(Collectors.joining(","))));
        }
        Map<Integer, io.tilefold.proto.upload.v1.SegmentSummary> written = request.getSegmentsList().stream()
                .collect(Collectors.toMap(
                        io.tilefold.proto.upload.v1.SegmentSummary::getShard, one -> one, (first, second) -> second));
        List<SegmentSummary> verified = new ArrayList<>();
        for (int shard = 0; shard < uploads.shardCount(); shard++) {
            SegmentSummary found =
                    store.verifySegment(upload.definition(), upload.version(), shard, upload.batchEndMs());
            io.tilefold.proto.upload.v1.SegmentSummary expected = written.get(shard);
            if (expected == null) {
                throw RpcErrors.error(
                        Code.INVALID_ARGUMENT,
                        "SUMMARY_MISSING",
                        "upload " + upload.version() + ": the commit does not say what shard " + shard + " holds");
            }
            SegmentSummary sent =
                    new SegmentSummary(shard, expected.getLength(), expected.getCrc32C(), expected.getKeyCount());
            if (!found.equals(sent)) {
                throw RpcErrors.error(
                        Code.DATA_LOSS,
                        "SEGMENT_MISMATCH",
                        "upload " + upload.version() + ": written was " + sent + ", here is " + found
                                + ": send the segment again");
            }
            verified.add(found);
        }
        return verified;
    }

    private CommitUploadResponse toResponse(Upload upload, CommandResult result) {
        uploads.committed(upload);
        LOG.info("upload {} is committed at log position {}", upload.version(), result.position());
        return committed(result.position());
    }

    private CommitUploadResponse committed(long position) {
        return CommitUploadResponse.newBuilder()
                .setShardGroup(shardGroup)
                .setPosition(position)
                .build();
    }

    private static <R> void answer(StreamObserver<R> response, Supplier<R> answer) {
        R built;
        try {
            built = answer.get();
        } catch (RuntimeException e) {
            response.onError(RpcErrors.of(e));
            return;
        }
        response.onNext(built);
        response.onCompleted();
    }
}
