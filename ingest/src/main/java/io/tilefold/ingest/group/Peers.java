package io.tilefold.ingest.group;

import io.grpc.ChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.tilefold.ingest.config.MemberAddress;
import io.tilefold.proto.node.v1.NodeServiceGrpc;
import io.tilefold.proto.node.v1.NodeServiceGrpc.NodeServiceBlockingStub;
import io.tilefold.proto.node.v1.NodeServiceGrpc.NodeServiceStub;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** The other members of the shard group, by gRPC. Shared by threads; nothing is connected before it is needed. */
public final class Peers implements AutoCloseable {
    private static final int MESSAGE_LENGTH_MAX = 4 << 20;

    private final int memberId;
    private final int majority;
    private final Map<Integer, ManagedChannel> channels = new TreeMap<>();

    /**
     * @param memberId this member's place among them
     * @param members empty: this one is alone
     * @param credentials how this member shows itself to the others, and knows them
     */
    public Peers(int memberId, List<MemberAddress> members, ChannelCredentials credentials) {
        this.memberId = memberId;
        this.majority = members.isEmpty() ? 1 : MemberAddress.majority(members);
        for (int id = 0; id < members.size(); id++) {
            if (id != memberId) {
                channels.put(
                        id,
                        NettyChannelBuilder.forTarget(members.get(id).grpcTarget(), credentials)
                                .maxInboundMessageSize(MESSAGE_LENGTH_MAX)
                                .build());
            }
        }
    }

    /** This member's place. */
    public int memberId() {
        return memberId;
    }

    /** How many members, this one among them, are a majority. */
    public int majority() {
        return majority;
    }

    /** Places of the others; empty if this member is alone. */
    public List<Integer> ids() {
        return List.copyOf(channels.keySet());
    }

    NodeServiceBlockingStub blocking(int id, long timeoutMs) {
        return NodeServiceGrpc.newBlockingStub(channel(id)).withDeadlineAfter(timeoutMs, TimeUnit.MILLISECONDS);
    }

    NodeServiceStub asynchronous(int id, long timeoutMs) {
        return NodeServiceGrpc.newStub(channel(id)).withDeadlineAfter(timeoutMs, TimeUnit.MILLISECONDS);
    }

    private ManagedChannel channel(int id) {
        ManagedChannel channel = channels.get(id);
        if (channel == null) {
            throw new IllegalArgumentException("member " + id + " is not one of the others, " + channels.keySet());
        }
        channel.resetConnectBackoff(); // who asks now wants to know now
        return channel;
    }

    @Override
    public void close() {
        channels.values().forEach(ManagedChannel::shutdownNow);
    }
}
