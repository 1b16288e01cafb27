package io.tilefold.client.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.tilefold.client.Channels;
import io.tilefold.client.call.CallException;
import io.tilefold.client.call.LogPosition;
import io.tilefold.client.call.RetryPolicy;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.proto.admin.v1.AdminServiceGrpc;
import io.tilefold.proto.admin.v1.ApplyCatalogRequest;
import io.tilefold.proto.admin.v1.ApplyCatalogResponse;
import io.tilefold.proto.admin.v1.AwaitOffsetsRequest;
import io.tilefold.proto.admin.v1.AwaitOffsetsResponse;
import io.tilefold.proto.admin.v1.GetStatusRequest;
import io.tilefold.proto.admin.v1.GetStatusResponse;
import io.tilefold.proto.admin.v1.GroupByStatus;
import io.tilefold.proto.admin.v1.RollbackVersionRequest;
import io.tilefold.proto.admin.v1.RollbackVersionResponse;
import io.tilefold.proto.admin.v1.SnapshotStatus;
import io.tilefold.proto.admin.v1.TakeSnapshotRequest;
import io.tilefold.proto.admin.v1.TakeSnapshotResponse;
import io.tilefold.proto.admin.v1.TopicPosition;
import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdminClientTest {
    private static final DefinitionId DEFINITION = new DefinitionId("cd".repeat(32));

    private final AtomicInteger failures = new AtomicInteger();
    private Server server;
    private ManagedChannel channel;
    private AdminClient client;

    @BeforeEach
    void start() throws IOException {
        server = Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
                .addService(new Node())
                .build()
                .start();
        channel = Channels.open("127.0.0.1:" + server.getPort());
        client = new AdminClient(channel, 10_000, new RetryPolicy(3, 1, 5));
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.shutdownNow();
    }

    @Test
    void aCatalogIsAppliedEvenIfTheNodeIsAwayForAMoment() {
        failures.set(2);
        assertThat(client.applyCatalog(new byte[] {1, 2, 3}))
                .isEqualTo(new AppliedCatalog(new LogPosition(1, 640), List.of("route")));
        failures.set(3);
        CallException away = catchThrowableOfType(CallException.class, () -> client.applyCatalog(new byte[] {1}));
        assertThat(away.code()).isEqualTo(Status.Code.UNAVAILABLE);
    }

    @Test
    void theStatusTellsWhatIsNotThereFromZero() {
        NodeStatus status = client.status();
        assertThat(status.position()).isEqualTo(new LogPosition(1, 704));
        assertThat(status.topics()).containsExactly(new NodeStatus.Topic("flights", 2, 100, 110, 3));
        assertThat(status.groupBys())
                .containsExactly(new NodeStatus.GroupBy(
                        "route",
                        DEFINITION,
                        OptionalLong.of(0),
                        OptionalLong.of(86_400_000),
                        OptionalLong.empty(),
                        OptionalLong.of(10),
                        7,
                        6,
                        5,
                        4,
                        3,
                        2,
                        true));
        assertThat(status.caughtUpAtMs()).hasValue(5);
        assertThat(status.memberId()).isEqualTo(2);
        assertThat(status.leader()).isTrue();
        assertThat(status.lastSnapshot()).contains(new NodeStatus.Snapshot(640, -1, 5_000, 12));
    }

    @Test
    void snapshotsAndRollbacksGiveAPosition() {
        assertThat(client.takeSnapshot()).isEqualTo(new LogPosition(1, 768));
        assertThat(client.rollback("route", 7)).isEqualTo(new LogPosition(1, 832));
        CallException other = catchThrowableOfType(CallException.class, () -> client.rollback("route", 8));
        assertThat(other.code()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    }

    @Test
    void awaitedOffsetsGiveAPositionOrTheDeadline() {
        assertThat(client.awaitOffsets(List.of(new TopicOffset("flights", 2, 100)), 10_000))
                .isEqualTo(new LogPosition(1, 100));
        CallException late = catchThrowableOfType(
                CallException.class, () -> client.awaitOffsets(List.of(new TopicOffset("flights", 2, 999)), 200));
        assertThat(late.code()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        assertThat(late).hasMessageContaining("flights").hasMessageContaining("999");
    }

    /** Answers from constants; an offset beyond 500 never comes. */
    private final class Node extends AdminServiceGrpc.AdminServiceImplBase {
        @Override
        public void applyCatalog(ApplyCatalogRequest request, StreamObserver<ApplyCatalogResponse> responses) {
            if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                responses.onError(Status.UNAVAILABLE.asRuntimeException());
                return;
            }
            assertThat(request.getCatalog()).isEqualTo(ByteString.copyFrom(new byte[] {1, 2, 3}));
            answer(
                    responses,
                    ApplyCatalogResponse.newBuilder()
                            .setShardGroup(1)
                            .setPosition(640)
                            .addChanged("route")
                            .build());
        }

        @Override
        public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> responses) {
            answer(
                    responses,
                    GetStatusResponse.newBuilder()
                            .setShardGroup(1)
                            .setShardCount(8)
                            .addAllShards(List.of(0, 1, 2, 5))
                            .setPosition(704)
                            .addTopics(TopicPosition.newBuilder()
                                    .setTopic("flights")
                                    .setPartition(2)
                                    .setNextOffset(100)
                                    .setEndOffset(110)
                                    .setDeadLettered(3))
                            .addGroupBys(GroupByStatus.newBuilder()
                                    .setName("route")
                                    .setDefinitionId(DEFINITION.hex())
                                    .setVersion(0)
                                    .setBatchEndMs(86_400_000)
                                    .setConsumerLag(10)
                                    .setEventsApplied(7)
                                    .setEventsLate(6)
                                    .setEventsNullTime(5)
                                    .setEventsNullKey(4)
                                    .setEventsRefused(3)
                                    .setEventsOverLimit(2)
                                    .setCatchingUp(true))
                            .setMemberId(2)
                            .setCaughtUpAtMs(5)
                            .setLeader(true)
                            .setLastSnapshot(SnapshotStatus.newBuilder()
                                    .setPosition(640)
                                    .setDigest(-1)
                                    .setLength(5_000)
                                    .setDurationMs(12))
                            .build());
        }

        @Override
        public void takeSnapshot(TakeSnapshotRequest request, StreamObserver<TakeSnapshotResponse> responses) {
            answer(
                    responses,
                    TakeSnapshotResponse.newBuilder()
                            .setShardGroup(1)
                            .setPosition(768)
                            .build());
        }

        @Override
        public void rollbackVersion(RollbackVersionRequest request, StreamObserver<RollbackVersionResponse> responses) {
            if (!request.getGroupBy().equals("route") || request.getVersion() != 7) {
                responses.onError(Status.FAILED_PRECONDITION.asRuntimeException());
                return;
            }
            answer(
                    responses,
                    RollbackVersionResponse.newBuilder()
                            .setShardGroup(1)
                            .setPosition(832)
                            .build());
        }

        @Override
        public void awaitOffsets(AwaitOffsetsRequest request, StreamObserver<AwaitOffsetsResponse> responses) {
            long wanted = request.getOffsets(0).getNextOffset();
            if (wanted <= 500) {
                answer(
                        responses,
                        AwaitOffsetsResponse.newBuilder()
                                .setShardGroup(1)
                                .setPosition(wanted)
                                .build());
            }
        }

        private static <T> void answer(StreamObserver<T> responses, T value) {
            responses.onNext(value);
            responses.onCompleted();
        }
    }
}
