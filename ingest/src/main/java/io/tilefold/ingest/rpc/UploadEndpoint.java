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
import io.tilefold.proto.upload.v1.PrepareUploadRequest;
import io.tilefold.proto.upload.v1.PrepareUploadResponse;
import io.tilefold.proto.upload.v1.SegmentProgress;
import io.tilefold.proto.upload.v1.UploadSegmentRequest;
import io.tilefold.proto.upload.v1.UploadSegmentResponse;
import io.tilefold.proto.upload.v1.UploadServiceGrpc.UploadServiceImplBase;
import io.tilefold.store.TileStore;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
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
        OptionalLong given = request.hasVersion() ? OptionalLong.of(request.getVersion()) : OptionalLong.empty();
        answer(
                response,
                () -> BeginUploadResponse.newBuilder()
                        .setVersion(uploads.begin(request.getDefinitionId(), request.getBatchEndMs(), given)
                                .version())
                        .setShardGroup(shardGroup)
                        .setShardCount(uploads.shards().shardCount())
                        .addAllShards(uploads.shards().list())
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
            upload.segments()
                    .forEach((shard, segment) -> builder.addSegments(SegmentProgress.newBuilder()
                            .setShard(shard)
                            .setReceivedLength(segment.received())
                            .setComplete(segment.isComplete())));
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
    public void prepareUpload(PrepareUploadRequest request, StreamObserver<PrepareUploadResponse> response) {
        Upload upload;
        try {
            upload = claim(request.getVersion());
        } catch (RuntimeException e) {
            response.onError(RpcErrors.of(e));
            return;
        }
        try {
            prepare(upload, request.getSegmentsList())
                    .whenCompleteAsync(
                            (verified, failure) -> {
                                upload.release();
                                Replies.replyPlain(
                                        response,
                                        verified,
                                        failure,
                                        done -> PrepareUploadResponse.getDefaultInstance());
                            },
                            executor);
        } catch (RuntimeException e) {
            upload.release();
            response.onError(RpcErrors.of(e));
        }
    }

    @Override
    public void commitUpload(CommitUploadRequest request, StreamObserver<CommitUploadResponse> response) {
        long version = request.getVersion();
        CommittedVersion done = uploads.isUnderWay(version) ? null : state.committed(version);
        if (done != null) {
            answer(response, () -> committed(done.position())); // asked again: the answer was lost
            return;
        }
        Upload upload;
        try {
            upload = claim(version);
        } catch (RuntimeException e) {
            response.onError(RpcErrors.of(e));
            return;
        }
        try {
            prepare(upload, request.getSegmentsList())
                    .thenComposeAsync(verified -> submitCommit(upload, verified), executor)
                    .whenCompleteAsync(
                            (result, failure) -> {
                                upload.release();
                                Replies.reply(response, result, failure, applied -> toResponse(upload, applied));
                            },
                            executor);
        } catch (RuntimeException e) {
            upload.release();
            response.onError(RpcErrors.of(e));
        }
    }

    private Upload claim(long version) {
        Upload upload = uploads.get(version);
        if (!upload.claim()) {
            throw RpcErrors.error(
                    Code.ABORTED,
                    "UPLOAD_COMMITTING",
                    "upload " + version + " is being prepared or committed by another call");
        }
        return upload;
    }

    /** Has a majority of the members hold what was written, unless they have said so already. */
    private CompletableFuture<List<SegmentSummary>> prepare(
            Upload upload, List<io.tilefold.proto.upload.v1.SegmentSummary> segments) {
        Map<Integer, SegmentSummary> written = written(segments);
        List<SegmentSummary> prepared = upload.prepared();
        if (prepared != null && prepared.stream().allMatch(one -> one.equals(written.get(one.shard())))) {
            return CompletableFuture.completedFuture(prepared);
        }
        List<SegmentSummary> verified = verify(upload, written);
        return VersionPreparation.begin(
                        uploads.peers(), upload.definition(), upload.version(), upload.batchEndMs(), verified)
                .thenApply(majority -> {
                    upload.prepared(verified);
                    return verified;
                });
    }

    private static Map<Integer, SegmentSummary> written(List<io.tilefold.proto.upload.v1.SegmentSummary> segments) {
        return segments.stream()
                .map(one -> new SegmentSummary(one.getShard(), one.getLength(), one.getCrc32C(), one.getKeyCount()))
                .collect(Collectors.toMap(SegmentSummary::shard, one -> one, (first, second) -> second));
    }

    private CompletableFuture<CommandResult> submitCommit(Upload upload, List<SegmentSummary> verified) {
        Map<PartitionId, Long> lanes =
                laneStarts.find(state.partitions().awaiting(upload.definition()), upload.batchEndMs());
        return commands.submit(command -> LogEntries.commitVersion(
                command, upload.definition(), upload.version(), upload.batchEndMs(), verified, lanes));
    }

    /** Every byte on this disk against its checksums, and every file against what its writer wrote. */
    private List<SegmentSummary> verify(Upload upload, Map<Integer, SegmentSummary> written) {
        Collection<Integer> missing = upload.missingShards();
        if (!missing.isEmpty()) {
            throw RpcErrors.error(
                    Code.FAILED_PRECONDITION,
                    "SEGMENTS_MISSING",
                    "upload " + upload.version() + ": the segments of shards " + missing + " are not complete",
                    Map.of("shards", missing.stream().map(String::valueOf).collect(Collectors.joining(","))));
        }
        List<SegmentSummary> verified = new ArrayList<>();
        for (int shard : upload.segments().keySet()) {
            SegmentSummary found =
                    store.verifySegment(upload.definition(), upload.version(), shard, upload.batchEndMs());
            SegmentSummary sent = written.get(shard);
            if (sent == null) {
                throw RpcErrors.error(
                        Code.INVALID_ARGUMENT,
                        "SUMMARY_MISSING",
                        "upload " + upload.version() + ": the commit does not say what shard " + shard + " holds");
            }
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
