package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.channelz.v1.ChannelzGrpc;
import io.grpc.channelz.v1.GetServersRequest;
import io.grpc.channelz.v1.ServerData;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.tilefold.client.Channels;
import io.tilefold.client.Fetch;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.types.v1.Column;
import io.tilefold.proto.types.v1.ListValues;
import io.tilefold.proto.types.v1.LongValues;
import io.tilefold.testsupport.Seeds;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A corpus of requests, right ones and wrong ones, each damaged at random: whatever comes, the caller is told what is wrong with which field, no call stays open, and no
 * thread of the node works more than on as many right requests.
 */
class FuzzTest {
    private static final int SEEDS = 6;
    private static final int ROUNDS = 60;

    /** Times the work of a right request: most damage is found early, some makes a request of many rows. */
    private static final int WORK_FACTOR = 30;

    private static final Set<Status.Code> OF_THE_CALLER = EnumSet.of(
            Status.Code.INVALID_ARGUMENT,
            Status.Code.NOT_FOUND,
            Status.Code.FAILED_PRECONDITION,
            Status.Code.RESOURCE_EXHAUSTED);
    private static final MethodDescriptor<byte[], byte[]> FETCH = FeatureServiceGrpc.getFetchMethod().toBuilder(
                    RawBytes.INSTANCE, RawBytes.INSTANCE)
            .build();

    private static byte[] right() {
        return Fetch.join("flight_context")
                .row(Map.of("origin", "JFK", "destination", "LAX"))
                .asOf(Flights.B)
                .toRequest()
                .toByteArray();
    }

    private static List<byte[]> corpus() {
        List<byte[]> corpus = new ArrayList<>();
        corpus.add(right());
        corpus.add(new byte[0]);
        corpus.add(Fetch.groupBy("route")
                .row(Map.of("origin", "JFK", "destination", "ÅRN"), Flights.B)
                .row(Map.of("origin", "SFO", "destination", "ORD"), Flights.B)
                .features("delay_count_7d")
                .pinVersion("route", 1)
                .minPosition(7, 1)
                .toRequest()
                .toByteArray());
        FetchRequest.Builder route = FetchRequest.newBuilder().setGroupBy("route");
        corpus.add(route.clone().setRowCount(100_000).build().toByteArray());
        corpus.add(route.clone().setRowCount(-1).build().toByteArray());
        corpus.add(route.clone().addFeatures("no such feature").build().toByteArray());
        corpus.add(route.clone()
                .setRowCount(2)
                .addKeys(Column.newBuilder()
                        .setName("origin")
                        .setLongValues(LongValues.newBuilder().addValues(1)))
                .build()
                .toByteArray());
        corpus.add(route.clone()
                .setRowCount(1)
                .addKeys(Column.newBuilder()
                        .setName("origin")
                        .setListValues(ListValues.newBuilder().addLengths(1 << 30)))
                .build()
                .toByteArray());
        return corpus;
    }

    @Test
    void noRequestHarmsTheNode(@TempDir Path directory) throws Exception {
        try (FlightStore writer = new FlightStore(directory).activate(Flights.CATALOG);
                TestNode node = new TestNode(TestNode.config(directory)
                        .port(0)
                        .storeRetryMs(20)
                        .defaultDeadlineMs(1)
                        .latencyLogMs(0)
                        .build())) {
            writer.batch(List.of(Flights.flight(Flights.B - 1, "JFK", "LAX", 1L)), 1, Flights.B);
            writer.publish(node.nowMs.get());
            node.mapped();
            ManagedChannel channel = Channels.open(node.address());
            try {
                byte[] right = right();
                byte[] before = ClientCalls.blockingUnaryCall(channel, FETCH, CallOptions.DEFAULT, right);
                long ofRightNs = workOf(() -> repeat(channel, right, SEEDS * ROUNDS));
                List<byte[]> corpus = corpus();
                long ofDamagedNs = workOf(() -> Seeds.forEach(SEEDS, random -> sendDamaged(channel, corpus, random)));

                assertThat(ofDamagedNs).isLessThan(WORK_FACTOR * ofRightNs);
                byte[] after = ClientCalls.blockingUnaryCall(channel, FETCH, CallOptions.DEFAULT, right);
                assertThat(after).isEqualTo(before);
                Awaitility.await().atMost(20, TimeUnit.SECONDS).untilAsserted(() -> assertNoCallIsOpen(channel));
            } finally {
                channel.shutdownNow();
            }
        }
    }

    private static void repeat(ManagedChannel channel, byte[] request, int times) {
        for (int i = 0; i < times; i++) {
            ClientCalls.blockingUnaryCall(channel, FETCH, CallOptions.DEFAULT, request);
        }
    }

    private static void sendDamaged(ManagedChannel channel, List<byte[]> corpus, SplittableRandom random) {
        for (int i = 0; i < ROUNDS; i++) {
            byte[] one = corpus.get(random.nextInt(corpus.size()));
            byte[] sent = one.length == 0 || random.nextInt(4) == 0 ? one : Damage.of(random, one);
            try {
                ClientCalls.blockingUnaryCall(channel, FETCH, CallOptions.DEFAULT, sent);
            } catch (StatusRuntimeException refused) {
                assertTold(sent, refused);
            }
        }
    }

    private static void assertTold(byte[] sent, StatusRuntimeException refused) {
        String what = HexFormat.of().formatHex(sent) + " answered with " + refused;
        assertThat(OF_THE_CALLER).as(what).contains(refused.getStatus().getCode());
        com.google.rpc.Status details = StatusProto.fromThrowable(refused);
        assertThat(details).as(what).isNotNull();
        try {
            assertThat(details.getDetails(0).unpack(ErrorInfo.class).getReason())
                    .as(what)
                    .isNotEmpty();
            if (refused.getStatus().getCode() == Status.Code.INVALID_ARGUMENT) {
                assertThat(details.getDetails(1)
                                .unpack(BadRequest.class)
                                .getFieldViolations(0)
                                .getField())
                        .as(what)
                        .isNotEmpty();
            }
        } catch (InvalidProtocolBufferException damaged) {
            throw new AssertionError(what, damaged);
        }
    }

    private static void assertNoCallIsOpen(ManagedChannel channel) {
        ServerData data = ChannelzGrpc.newBlockingStub(channel)
                .getServers(GetServersRequest.getDefaultInstance())
                .getServer(0)
                .getData();
        // The one that asks is under way.
        assertThat(data.getCallsStarted() - data.getCallsSucceeded() - data.getCallsFailed())
                .isEqualTo(1);
    }

    /** CPU time that the node's threads take meanwhile. */
    private static long workOf(Runnable calls) {
        long before = workNs();
        calls.run();
        return workNs() - before;
    }

    private static long workNs() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long sum = 0;
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            boolean works = thread.getName().startsWith("tilefold-serve")
                    || thread.getName().startsWith("tilefold-worker");
            sum += works ? Math.max(0, threads.getThreadCpuTime(thread.getId())) : 0;
        }
        return sum;
    }
}
