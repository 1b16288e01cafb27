package io.tilefold.client.upload;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.tilefold.client.call.CallException;
import io.tilefold.client.call.LogPosition;
import io.tilefold.client.call.UnaryCall;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.tile.SegmentSummary;
import io.tilefold.proto.upload.v1.AbortUploadRequest;
import io.tilefold.proto.upload.v1.BeginUploadRequest;
import io.tilefold.proto.upload.v1.BeginUploadResponse;
import io.tilefold.proto.upload.v1.CommitUploadRequest;
import io.tilefold.proto.upload.v1.CommitUploadResponse;
import io.tilefold.proto.upload.v1.GetUploadRequest;
import io.tilefold.proto.upload.v1.GetUploadResponse;
import io.tilefold.proto.upload.v1.PrepareUploadRequest;
import io.tilefold.proto.upload.v1.UploadServiceGrpc;
import io.tilefold.proto.upload.v1.UploadServiceGrpc.UploadServiceBlockingStub;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Loads a version of a GroupBy into an ingest node, one of its shard group; into several groups: {@link DeploymentUpload}. Nothing is visible before {@link #commit}; everything is with it. Blocking; every
 * wait is bounded by {@link UploadOptions}. Shared by threads: segments of one upload may be sent in parallel, each by one thread.
 *
 * <p>Failures are {@link CallException}s with the gRPC code: NOT_FOUND for an unknown definition or upload, FAILED_PRECONDITION for an older
 * batch end than the committed one or a commit with segments missing, DATA_LOSS for bytes that stayed damaged after all attempts.
 */
public final class UploadClient {
    private final ManagedChannel node;
    private final UploadOptions options;

    /** @param node a channel to the ingest node; stays the caller's to shut down */
    public UploadClient(ManagedChannel node, UploadOptions options) {
        this.node = node;
        this.options = options;
    }

    /**
     * Starts an upload. What is never committed the node drops by itself.
     *
     * @param batchEndMs B, epoch milliseconds, a midnight
     */
    public StartedUpload begin(DefinitionId definition, long batchEndMs) {
        return begin(definition, batchEndMs, OptionalLong.empty());
    }

    /** @param version that another shard group gave; empty: the node gives one */
    StartedUpload begin(DefinitionId definition, long batchEndMs, OptionalLong version) {
        BeginUploadRequest.Builder request = BeginUploadRequest.newBuilder()
                .setDefinitionId(definition.hex())
                .setBatchEndMs(batchEndMs);
        version.ifPresent(request::setVersion);
        String action = "begin an upload of definition " + definition.abbreviated();
        BeginUploadResponse response =
                call(action, () -> stub(options.callTimeoutMs()).beginUpload(request.build()));
        return new StartedUpload(
                response.getVersion(), response.getShardCount(), response.getShardGroup(), response.getShardsList());
    }

    /**
     * Sends one segment. Returns when the node has it whole, with the checksum of the summary.
     *
     * @param segment what the segment's writer said of the file
     * @throws java.io.UncheckedIOException if the file cannot be read or has another length
     */
    public void uploadSegment(long version, Path file, SegmentSummary segment, UploadProgress progress) {
        new SegmentUpload(node, options, version, segment, progress)
                .run(file, () -> getUpload(version).segment(segment.shard()).receivedLength());
    }

    public UploadState getUpload(long version) {
        GetUploadRequest request =
                GetUploadRequest.newBuilder().setVersion(version).build();
        GetUploadResponse response = call(
                "ask for upload " + version, () -> stub(options.callTimeoutMs()).getUpload(request));
        return new UploadState(
                new DefinitionId(response.getDefinitionId()),
                response.getBatchEndMs(),
                response.getSegmentsList().stream()
                        .map(segment -> new UploadState.Segment(
                                segment.getShard(), segment.getReceivedLength(), segment.getComplete()))
                        .toList());
    }

    /**
     * Makes the version visible, if the node has every segment as summarised.
     *
     * @throws CallException as above; after {@link #isOutcomeUnknown} ones the version may have become visible
     */
    public LogPosition commit(long version, List<SegmentSummary> segments) {
        CommitUploadRequest.Builder request =
                CommitUploadRequest.newBuilder().setVersion(version).addAllSegments(toProto(segments));
        CommitUploadResponse response = call(
                "commit version " + version,
                () -> stub(options.commitTimeoutMs()).commitUpload(request.build()));
        return new LogPosition(response.getShardGroup(), response.getPosition());
    }

    /** Has the node, and a majority of its shard group, verify every segment: a commit after it has nothing left that can be wrong with them. */
    public void prepare(long version, List<SegmentSummary> segments) {
        PrepareUploadRequest request = PrepareUploadRequest.newBuilder()
                .setVersion(version)
                .addAllSegments(toProto(segments))
                .build();
        var unused = call(
                "prepare version " + version,
                () -> stub(options.commitTimeoutMs()).prepareUpload(request));
    }

    private static List<io.tilefold.proto.upload.v1.SegmentSummary> toProto(List<SegmentSummary> segments) {
        return segments.stream()
                .map(segment -> io.tilefold.proto.upload.v1.SegmentSummary.newBuilder()
                        .setShard(segment.shard())
                        .setLength(segment.length())
                        .setCrc32C(segment.crc32c())
                        .setKeyCount(segment.keyCount())
                        .build())
                .toList();
    }

    /** True if a failed commit may have happened all the same: its answer, not its refusal, is what is missing. */
    public static boolean isOutcomeUnknown(CallException failedCommit) {
        Status.Code code = failedCommit.code();
        return code == Status.Code.DEADLINE_EXCEEDED
                || code == Status.Code.UNAVAILABLE
                || code == Status.Code.ABORTED
                || code == Status.Code.CANCELLED
                || code == Status.Code.UNKNOWN
                || code == Status.Code.INTERNAL;
    }

    /** Drops the upload with everything that arrived. */
    public void abort(long version) {
        AbortUploadRequest request =
                AbortUploadRequest.newBuilder().setVersion(version).build();
        var unused = call(
                "abort upload " + version, () -> stub(options.callTimeoutMs()).abortUpload(request));
    }

    private <T> T call(String action, Supplier<T> call) {
        return UnaryCall.run(action + " at " + node.authority(), options.retry(), call);
    }

    private UploadServiceBlockingStub stub(long timeoutMs) {
        return UploadServiceGrpc.newBlockingStub(node).withDeadlineAfter(timeoutMs, TimeUnit.MILLISECONDS);
    }
}
