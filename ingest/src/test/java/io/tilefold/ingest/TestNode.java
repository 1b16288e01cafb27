package io.tilefold.ingest;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.tilefold.proto.admin.v1.AdminServiceGrpc;
import io.tilefold.proto.admin.v1.AdminServiceGrpc.AdminServiceBlockingStub;
import io.tilefold.proto.admin.v1.ApplyCatalogRequest;
import io.tilefold.proto.admin.v1.ApplyCatalogResponse;
import io.tilefold.proto.admin.v1.AwaitOffsetsRequest;
import io.tilefold.proto.admin.v1.GetStatusRequest;
import io.tilefold.proto.admin.v1.GetStatusResponse;
import io.tilefold.proto.admin.v1.GroupByStatus;
import io.tilefold.proto.admin.v1.TopicOffset;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A node in this process, or the way to one in another, with clients. */
final class TestNode implements AutoCloseable {
    private static final long DEADLINE_S = 20;

    private final IngestConfig config;
    private IngestNode node;
    private ManagedChannel channel;

    TestNode(Path directory) {
        this(config(directory).build());
    }

    TestNode(IngestConfig config) {
        this.config = config;
        this.node = IngestNode.start(config);
        this.channel = channel(node.grpcPort());
    }

    static IngestConfig.Builder config(Path directory) {
        return IngestConfig.builder(
                        directory.resolve("log"),
                        directory.resolve("store"),
                        TestBroker.shared().bootstrap())
                .topicCheckIntervalMs(200)
                .caughtUpIntervalMs(50);
    }

    static ManagedChannel channel(int port) {
        return channel("127.0.0.1", port);
    }

    static ManagedChannel channel(String host, int port) {
        return NettyChannelBuilder.forAddress(host, port).usePlaintext().build();
    }

    IngestConfig config() {
        return config;
    }

    Path storeDir() {
        return config.storeDir();
    }

    int grpcPort() {
        return node.grpcPort();
    }

    ManagedChannel channel() {
        return channel;
    }

    void restart() {
        close();
        node = IngestNode.start(config);
        channel = channel(node.grpcPort());
    }

    AdminServiceBlockingStub admin() {
        return AdminServiceGrpc.newBlockingStub(channel).withDeadlineAfter(DEADLINE_S, TimeUnit.SECONDS);
    }

    ApplyCatalogResponse apply(byte[] catalog) {
        return admin().applyCatalog(ApplyCatalogRequest.newBuilder()
                .setCatalog(com.google.protobuf.ByteString.copyFrom(catalog))
                .build());
    }

    /** Waits until the partition is applied up to this offset. */
    long await(String topic, int partition, long nextOffset) {
        return admin().awaitOffsets(AwaitOffsetsRequest.newBuilder()
                        .addOffsets(TopicOffset.newBuilder()
                                .setTopic(topic)
                                .setPartition(partition)
                                .setNextOffset(nextOffset))
                        .build())
                .getPosition();
    }

    GetStatusResponse status() {
        return admin().getStatus(GetStatusRequest.getDefaultInstance());
    }

    GroupByStatus status(String groupBy) {
        return status().getGroupBysList().stream()
                .filter(one -> one.getName().equals(groupBy))
                .findFirst()
                .orElseThrow();
    }

    @Override
    public void close() {
        channel.shutdownNow();
        node.close();
    }
}
