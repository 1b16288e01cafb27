package io.tilefold.ingest.rpc;

import com.google.rpc.Code;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.tilefold.core.key.ShardSet;
import io.tilefold.ingest.apply.ActiveCatalog;
import io.tilefold.ingest.apply.ActiveDefinition;
import io.tilefold.ingest.apply.CommandResult;
import io.tilefold.ingest.apply.CommittedVersion;
import io.tilefold.ingest.apply.GroupByStatus;
import io.tilefold.ingest.apply.IngestState;
import io.tilefold.ingest.apply.PartitionProgress;
import io.tilefold.ingest.cluster.Commands;
import io.tilefold.ingest.cluster.NodeStatus;
import io.tilefold.ingest.cluster.ServiceQueries;
import io.tilefold.ingest.cluster.SnapshotInfo;
import io.tilefold.ingest.kafka.TopicProgram;
import io.tilefold.ingest.log.LogEntries;
import io.tilefold.ingest.log.LogLimits;
import io.tilefold.ingest.log.PartitionId;
import io.tilefold.proto.admin.v1.AdminServiceGrpc.AdminServiceImplBase;
import io.tilefold.proto.admin.v1.ApplyCatalogRequest;
import io.tilefold.proto.admin.v1.ApplyCatalogResponse;
import io.tilefold.proto.admin.v1.AwaitOffsetsRequest;
import io.tilefold.proto.admin.v1.AwaitOffsetsResponse;
import io.tilefold.proto.admin.v1.GetStatusRequest;
import io.tilefold.proto.admin.v1.GetStatusResponse;
import io.tilefold.proto.admin.v1.RollbackVersionRequest;
import io.tilefold.proto.admin.v1.RollbackVersionResponse;
import io.tilefold.proto.admin.v1.SnapshotStatus;
import io.tilefold.proto.admin.v1.TakeSnapshotRequest;
import io.tilefold.proto.admin.v1.TakeSnapshotResponse;
import io.tilefold.proto.admin.v1.TopicOffset;
import io.tilefold.proto.admin.v1.TopicPosition;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.agrona.DirectBuffer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** tilefold.admin.v1.AdminService. Its calls run on the server's executor; none waits on it for the log. */
final class AdminEndpoint extends AdminServiceImplBase {
    private static final Logger LOG = LoggerFactory.getLogger(AdminEndpoint.class);

    /** How long AwaitOffsets waits for a caller who set no deadline. */
    private static final long AWAIT_LIMIT_MS = 60_000;

    private final int shardGroup;
    private final ShardSet shards;
    private final int memberId;
    private final long maxFutureMs;
    private final IngestState state;
    private final Commands commands;
    private final ServiceQueries queries;
    private final Supplier<Map<TopicPartition, Long>> ends;
    private final Executor executor;

    AdminEndpoint(
            int shardGroup,
            ShardSet shards,
            int memberId,
            long maxFutureMs,
            IngestState state,
            Commands commands,
            ServiceQueries queries,
            Supplier<Map<TopicPartition, Long>> ends,
            Executor executor) {
        this.shardGroup = shardGroup;
        this.shards = shards;
        this.memberId = memberId;
        this.maxFutureMs = maxFutureMs;
        this.state = state;
        this.commands = commands;
        this.queries = queries;
        this.ends = ends;
        this.executor = executor;
    }

    @Override
    public void applyCatalog(ApplyCatalogRequest request, StreamObserver<ApplyCatalogResponse> response) {
        byte[] bytes = request.getCatalog().toByteArray();
        try {
            check(bytes);
        } catch (RuntimeException e) {
            response.onError(RpcErrors.of(e));
            return;
        }
        submit(response, command -> LogEntries.definitions(command, bytes), this::toResponse);
    }

    /** Everything that can be wrong with a catalog is found before it enters the log. */
    private void check(byte[] bytes) {
        if (bytes.length > LogLimits.MAX_CATALOG_LENGTH) {
            throw RpcErrors.error(
                    Code.INVALID_ARGUMENT,
                    "CATALOG_TOO_LARGE",
                    "the catalog has " + bytes.length + " bytes; the most are " + LogLimits.MAX_CATALOG_LENGTH
                            + ": use several deployments");
        }
        try {
            ActiveCatalog catalog = ActiveCatalog.compile(0, 0, bytes);
            for (String topic : catalog.topics()) {
                TopicProgram.compile(catalog, topic, maxFutureMs, shards);
            }
        } catch (RuntimeException e) {
            LOG.debug("a catalog was refused", e);
            throw RpcErrors.error(Code.INVALID_ARGUMENT, "INVALID_CATALOG", String.valueOf(e.getMessage()));
        }
    }

    private ApplyCatalogResponse toResponse(CommandResult result) {
        LOG.info("catalog applied at log position {}, changed: {}", result.position(), result.changed());
        return ApplyCatalogResponse.newBuilder()
                .setShardGroup(shardGroup)
                .setPosition(result.position())
                .addAllChanged(result.changed())
                .build();
    }

    @Override
    public void takeSnapshot(TakeSnapshotRequest request, StreamObserver<TakeSnapshotResponse> response) {
        submit(
                response,
                LogEntries::takeSnapshot,
                result -> TakeSnapshotResponse.newBuilder()
                        .setShardGroup(shardGroup)
                        .setPosition(result.position())
                        .build());
    }

    @Override
    public void rollbackVersion(RollbackVersionRequest request, StreamObserver<RollbackVersionResponse> response) {
        ActiveDefinition definition = state.catalog().find(request.getGroupBy()).orElse(null);
        if (definition == null) {
            response.onError(RpcErrors.error(
                    Code.NOT_FOUND,
                    "UNKNOWN_GROUP_BY",
                    "no active GroupBy is named " + request.getGroupBy(),
                    Map.of("group_by", request.getGroupBy())));
            return;
        }
        submit(
                response,
                command -> LogEntries.rollbackVersion(command, definition.id(), request.getVersion()),
                result -> toResponse(definition, result));
    }

    private RollbackVersionResponse toResponse(ActiveDefinition definition, CommandResult result) {
        RollbackVersionResponse.Builder response =
                RollbackVersionResponse.newBuilder().setShardGroup(shardGroup).setPosition(result.position());
        CommittedVersion current = state.committed(definition.id());
        if (current != null) {
            response.setVersion(current.version()).setBatchEndMs(current.batchEndMs());
        }
        return response.build();
    }

    private <R> void submit(
            StreamObserver<R> response, Function<UUID, DirectBuffer> entry, Function<CommandResult, R> toResponse) {
        try {
            commands.submit(entry)
                    .whenCompleteAsync(
                            (result, failure) -> Replies.reply(response, result, failure, toResponse), executor);
        } catch (RuntimeException e) {
            response.onError(RpcErrors.of(e));
        }
    }

    @Override
    public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> response) {
        CompletableFuture<NodeStatus> status = queries.status();
        if (status == null) {
            response.onError(tooMany());
            return;
        }
        status.orTimeout(AWAIT_LIMIT_MS, TimeUnit.MILLISECONDS)
                .whenCompleteAsync(
                        (answer, failure) -> Replies.replyPlain(response, answer, failure, this::toResponse), executor);
    }

    private GetStatusResponse toResponse(NodeStatus status) {
        GetStatusResponse.Builder response = GetStatusResponse.newBuilder()
                .setShardGroup(shardGroup)
                .setPosition(status.position())
                .setMemberId(memberId)
                .setShardCount(shards.shardCount())
                .addAllShards(shards.list())
                .setLeader(status.leader())
                .setCaughtUpAtMs(status.caughtUpAtMs())
                .setHeartbeatMs(status.heartbeatMs());
        SnapshotInfo snapshot = status.lastSnapshot();
        if (snapshot != null) {
            response.setLastSnapshot(SnapshotStatus.newBuilder()
                    .setPosition(snapshot.position())
                    .setDigest(snapshot.digest())
                    .setLength(snapshot.length())
                    .setDurationMs(snapshot.durationMs()));
        }
        Map<TopicPartition, Long> lastEnds = ends.get();
        for (String topic : state.partitions().topics()) {
            for (PartitionProgress progress : state.partitions().ofTopic(topic)) {
                int partition = progress.id().partition();
                long next = progress.nextOffset();
                long end = lastEnds.getOrDefault(new TopicPartition(topic, partition), next);
                response.addTopics(TopicPosition.newBuilder()
                        .setTopic(topic)
                        .setPartition(partition)
                        .setNextOffset(next)
                        .setEndOffset(Math.max(next, end))
                        .setDeadLettered(progress.deadLettered()));
            }
        }
        status.groupBys().forEach(groupBy -> response.addGroupBys(toProto(groupBy)));
        return response.build();
    }

    private static io.tilefold.proto.admin.v1.GroupByStatus toProto(GroupByStatus status) {
        var proto = io.tilefold.proto.admin.v1.GroupByStatus.newBuilder()
                .setName(status.name())
                .setDefinitionId(status.id().hex())
                .setEventsApplied(status.eventsApplied())
                .setEventsLate(status.eventsLate())
                .setEventsNullTime(status.eventsNullTime())
                .setEventsNullKey(status.eventsNullKey())
                .setEventsRefused(status.eventsRefused())
                .setEventsOverLimit(status.eventsOverLimit())
                .setCatchingUp(status.catchingUp());
        status.version().ifPresent(proto::setVersion);
        status.batchEndMs().ifPresent(proto::setBatchEndMs);
        status.newestEventMs().ifPresent(proto::setNewestEventMs);
        status.consumerLag().ifPresent(proto::setConsumerLag);
        return proto.build();
    }

    @Override
    public void awaitOffsets(AwaitOffsetsRequest request, StreamObserver<AwaitOffsetsResponse> response) {
        List<AwaitedOffset> offsets;
        try {
            offsets = request.getOffsetsList().stream().map(this::toAwaited).toList();
        } catch (RuntimeException e) {
            response.onError(RpcErrors.of(e));
            return;
        }
        CompletableFuture<Long> position = queries.await(() -> offsets.stream().allMatch(this::isApplied));
        if (position == null) {
            response.onError(tooMany());
            return;
        }
        // The server cancels the call at its deadline; the applying thread then forgets the question.
        ((ServerCallStreamObserver<AwaitOffsetsResponse>) response).setOnCancelHandler(() -> position.cancel(false));
        position.orTimeout(AWAIT_LIMIT_MS, TimeUnit.MILLISECONDS)
                .whenCompleteAsync((reached, failure) -> answer(offsets, response, reached, failure), executor);
    }

    private void answer(
            List<AwaitedOffset> offsets,
            StreamObserver<AwaitOffsetsResponse> response,
            @Nullable Long reached,
            @Nullable Throwable failure) {
        if (reached != null) {
            response.onNext(AwaitOffsetsResponse.newBuilder()
                    .setShardGroup(shardGroup)
                    .setPosition(reached)
                    .build());
            response.onCompleted();
        } else if (!((ServerCallStreamObserver<AwaitOffsetsResponse>) response).isCancelled()) {
            response.onError(
                    failure instanceof IllegalStateException
                            ? tooMany()
                            : RpcErrors.error(
                                    Code.DEADLINE_EXCEEDED,
                                    "OFFSETS_NOT_REACHED",
                                    "not applied in " + AWAIT_LIMIT_MS + " ms: "
                                            + offsets.stream()
                                                    .filter(offset -> !isApplied(offset))
                                                    .toList()));
        }
    }

    /** A place in a partition; of the topic that bears the name now, as far as this node knows, if there is no id. */
    private record AwaitedOffset(String topic, Optional<UUID> topicId, int partition, long nextOffset) {
        @Override
        public String toString() {
            return topic + "/" + partition
                    + topicId.map(id -> " of topic id " + id).orElse("") + " up to " + nextOffset;
        }
    }

    private AwaitedOffset toAwaited(TopicOffset offset) {
        if (!state.catalog().topics().contains(offset.getTopic())) {
            throw RpcErrors.error(
                    Code.NOT_FOUND,
                    "UNKNOWN_TOPIC",
                    "no active GroupBy reads topic " + offset.getTopic() + "; read are "
                            + state.catalog().topics(),
                    Map.of("topic", offset.getTopic()));
        }
        return new AwaitedOffset(
                offset.getTopic(),
                offset.getTopicId().isEmpty() ? Optional.empty() : Optional.of(topicId(offset)),
                offset.getPartition(),
                offset.getNextOffset());
    }

    private static UUID topicId(TopicOffset offset) {
        try {
            Uuid id = Uuid.fromString(offset.getTopicId());
            return new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits());
        } catch (IllegalArgumentException e) {
            throw RpcErrors.error(
                    Code.INVALID_ARGUMENT,
                    "INVALID_TOPIC_ID",
                    "topic_id '" + offset.getTopicId() + "' of topic " + offset.getTopic()
                            + " is no id as Kafka's tools print it, 22 characters: " + e.getMessage(),
                    Map.of("topic", offset.getTopic()));
        }
    }

    private boolean isApplied(AwaitedOffset offset) {
        return offset.nextOffset() <= 0
                || progress(offset)
                        .map(progress -> progress.nextOffset() >= offset.nextOffset())
                        .orElse(false);
    }

    private Optional<PartitionProgress> progress(AwaitedOffset offset) {
        return offset.topicId()
                .map(id -> Optional.ofNullable(state.partitions().get(new PartitionId(id, offset.partition()))))
                .orElseGet(() -> state.partitions().find(offset.topic(), offset.partition()));
    }

    private static RuntimeException tooMany() {
        return RpcErrors.error(
                Code.RESOURCE_EXHAUSTED,
                "TOO_MANY_QUESTIONS",
                ServiceQueries.CAPACITY + " calls wait already: try again later");
    }
}
