package io.tilefold.client.admin;

import com.google.protobuf.UnsafeByteOperations;
import io.grpc.ManagedChannel;
import io.tilefold.client.call.LogPosition;
import io.tilefold.client.call.RetryPolicy;
import io.tilefold.client.call.UnaryCall;
import io.tilefold.proto.admin.v1.AdminServiceGrpc;
import io.tilefold.proto.admin.v1.AdminServiceGrpc.AdminServiceBlockingStub;
import io.tilefold.proto.admin.v1.ApplyCatalogRequest;
import io.tilefold.proto.admin.v1.ApplyCatalogResponse;
import io.tilefold.proto.admin.v1.AwaitOffsetsRequest;
import io.tilefold.proto.admin.v1.AwaitOffsetsResponse;
import io.tilefold.proto.admin.v1.GetStatusRequest;
import io.tilefold.proto.admin.v1.RollbackVersionRequest;
import io.tilefold.proto.admin.v1.RollbackVersionResponse;
import io.tilefold.proto.admin.v1.TakeSnapshotRequest;
import io.tilefold.proto.admin.v1.TakeSnapshotResponse;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Administers an ingest node. Blocking, with a deadline on every call; shared by threads. Failures are {@link
 * io.tilefold.client.call.CallException}s with the node's code and details.
 */
public final class AdminClient {
    public static final long DEFAULT_TIMEOUT_MS = 30_000;

    private final ManagedChannel node;
    private final long timeoutMs;
    private final RetryPolicy retry;

    /** @param node a channel to the ingest node; stays the caller's to shut down */
    public AdminClient(ManagedChannel node) {
        this(node, DEFAULT_TIMEOUT_MS, RetryPolicy.DEFAULT);
    }

    public AdminClient(ManagedChannel node, long timeoutMs, RetryPolicy retry) {
        this.node = node;
        this.timeoutMs = timeoutMs;
        this.retry = retry;
    }

    /**
     * Makes a catalog's online definitions active. Idempotent.
     *
     * @param catalog the bytes that {@code tilefold compile} wrote
     */
    public AppliedCatalog applyCatalog(byte[] catalog) {
        ApplyCatalogRequest request = ApplyCatalogRequest.newBuilder()
                .setCatalog(UnsafeByteOperations.unsafeWrap(catalog.clone()))
                .build();
        ApplyCatalogResponse response =
                call("apply the catalog", () -> stub(timeoutMs).applyCatalog(request));
        return new AppliedCatalog(
                new LogPosition(response.getShardGroup(), response.getPosition()), response.getChangedList());
    }

    /**
     * Has all members of the shard group take a snapshot, behind which their logs are cut off; returns when the member asked has taken it.
     *
     * @return its place in the log
     */
    public LogPosition takeSnapshot() {
        TakeSnapshotResponse response =
                call("take a snapshot", () -> stub(timeoutMs).takeSnapshot(TakeSnapshotRequest.getDefaultInstance()));
        return new LogPosition(response.getShardGroup(), response.getPosition());
    }

    /**
     * Takes the current version of a GroupBy back: the one before is current again.
     *
     * @param version the current one
     * @return from where in the log on
     */
    public LogPosition rollback(String groupBy, long version) {
        RollbackVersionRequest request = RollbackVersionRequest.newBuilder()
                .setGroupBy(groupBy)
                .setVersion(version)
                .build();
        RollbackVersionResponse response =
                call("take back version " + version, () -> stub(timeoutMs).rollbackVersion(request));
        return new LogPosition(response.getShardGroup(), response.getPosition());
    }

    public NodeStatus status() {
        return NodeStatus.of(
                call("ask for the status", () -> stub(timeoutMs).getStatus(GetStatusRequest.getDefaultInstance())));
    }

    /**
     * Waits until every given offset has been applied; what a fetch at the returned position sees.
     *
     * @param waitMs how long; DEADLINE_EXCEEDED then
     */
    public LogPosition awaitOffsets(List<TopicOffset> offsets, long waitMs) {
        AwaitOffsetsRequest.Builder request = AwaitOffsetsRequest.newBuilder();
        for (TopicOffset offset : offsets) {
            request.addOffsets(io.tilefold.proto.admin.v1.TopicOffset.newBuilder()
                    .setTopic(offset.topic())
                    .setPartition(offset.partition())
                    .setNextOffset(offset.nextOffset())
                    .setTopicId(offset.topicId().orElse("")));
        }
        AdminServiceBlockingStub untilThen = stub(waitMs); // one deadline for all attempts together
        AwaitOffsetsResponse response = call("wait for " + offsets, () -> untilThen.awaitOffsets(request.build()));
        return new LogPosition(response.getShardGroup(), response.getPosition());
    }

    private <T> T call(String action, Supplier<T> call) {
        return UnaryCall.run(action + " at " + node.authority(), retry, call);
    }

    private AdminServiceBlockingStub stub(long callTimeoutMs) {
        return AdminServiceGrpc.newBlockingStub(node).withDeadlineAfter(callTimeoutMs, TimeUnit.MILLISECONDS);
    }
}
