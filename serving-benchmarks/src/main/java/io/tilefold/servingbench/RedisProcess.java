package io.tilefold.servingbench;

import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.resource.ClientResources;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.tilefold.client.FeatureClient;
import io.tilefold.client.Fetch;
import io.tilefold.client.FetchResult;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.serving.v1.FetchResponse;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The peer: final values of every card and GroupBy in Redis under a key each, packed; one MGET per fetch over one pipelined asynchronous
 * connection; a minimal grpc-java server that answers as a serving node does. Arguments: port of Redis, port of the serving node whose values are
 * stored first, cards, file with an answer that has the schema, event loops. Prints READY and its port.
 */
public final class RedisProcess {
    private static final int STORED_AT_ONCE = 500;
    private static final long STORE_SECONDS = 60;

    private RedisProcess() {}

    public static void main(String[] args) throws Exception {
        int loops = Integer.parseInt(args[4]);
        ClientResources resources =
                ClientResources.builder().ioThreadPoolSize(loops).build();
        StatefulRedisConnection<byte[], byte[]> redis = RedisClient.create(
                        resources, RedisURI.create("127.0.0.1", Integer.parseInt(args[0])))
                .connect(ByteArrayCodec.INSTANCE);
        List<List<Field>> parts = store(redis, Integer.parseInt(args[1]), Integer.parseInt(args[2]));
        EventLoopGroup acceptor = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        EventLoopGroup workers = new MultiThreadIoEventLoopGroup(loops, EpollIoHandler.newFactory());
        Server server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .bossEventLoopGroup(acceptor)
                .workerEventLoopGroup(workers)
                .channelType(EpollServerSocketChannel.class)
                .directExecutor()
                .addService(new Features(
                        redis.async(), parts, FetchResponse.parseFrom(Files.readAllBytes(Path.of(args[3])))))
                .build()
                .start();
        Allocations.answer();
        System.out.println("READY " + server.getPort());
        server.awaitTermination();
    }

    /** Asks the serving node for every card. Returns the features of every GroupBy. */
    private static List<List<Field>> store(StatefulRedisConnection<byte[], byte[]> redis, int node, int cards)
            throws InterruptedException {
        List<List<Field>> parts = new ArrayList<>();
        try (FeatureClient client = FeatureClient.connect("127.0.0.1:" + node)) {
            for (int from = 0; from < cards; from += STORED_AT_ONCE) {
                int to = Math.min(cards, from + STORED_AT_ONCE);
                Fetch fetch = Fetch.join(Cards.JOIN);
                for (int number = from; number < to; number++) {
                    fetch.row(Map.of("card", Cards.card(number)));
                }
                FetchResult answer = client.fetch(fetch);
                if (parts.isEmpty()) {
                    parts = parts(answer.schema().fields());
                }
                IdentityHashMap<byte[], byte[]> values = new IdentityHashMap<>();
                for (int number = from; number < to; number++) {
                    for (int part = 0; part < parts.size(); part++) {
                        values.put(
                                key(Cards.card(number), part),
                                PackedValues.pack(answer, number - from, parts.get(part)));
                    }
                }
                if (!redis.async().mset(values).await(STORE_SECONDS, TimeUnit.SECONDS)) {
                    throw new IllegalStateException("Redis took no values for " + STORE_SECONDS + " s");
                }
            }
        }
        return parts;
    }

    private static List<List<Field>> parts(List<Field> fields) {
        int perPart = fields.size() / Cards.GROUP_BYS;
        List<List<Field>> parts = new ArrayList<>();
        for (int from = 0; from < fields.size(); from += perPart) {
            parts.add(fields.subList(from, from + perPart));
        }
        return parts;
    }

    private static byte[] key(long card, int part) {
        return ByteBuffer.allocate(Byte.BYTES + Long.BYTES)
                .put((byte) part)
                .putLong(card)
                .array();
    }

    private static final class Features extends FeatureServiceGrpc.FeatureServiceImplBase {
        private final RedisAsyncCommands<byte[], byte[]> redis;
        private final List<List<Field>> parts;
        private final FetchResponse withSchema;

        Features(RedisAsyncCommands<byte[], byte[]> redis, List<List<Field>> parts, FetchResponse withSchema) {
            this.redis = redis;
            this.parts = parts;
            this.withSchema = withSchema;
        }

        @Override
        public void fetch(FetchRequest request, StreamObserver<FetchResponse> reply) {
            if (request.getIncludeSchema()) {
                reply.onNext(withSchema);
                reply.onCompleted();
                return;
            }
            List<Long> cards = request.getKeys(0).getLongValues().getValuesList();
            byte[][] keys = new byte[cards.size() * parts.size()][];
            for (int row = 0; row < cards.size(); row++) {
                for (int part = 0; part < parts.size(); part++) {
                    keys[row * parts.size() + part] = key(cards.get(row), part);
                }
            }
            redis.mget(keys).whenComplete((values, failure) -> {
                if (failure != null) {
                    reply.onError(failure);
                    return;
                }
                reply.onNext(answer(cards.size(), values));
                reply.onCompleted();
            });
        }

        private FetchResponse answer(int rows, List<KeyValue<byte[], byte[]>> values) {
            ByteBuffer[] packed = new ByteBuffer[values.size()];
            for (int i = 0; i < packed.length; i++) {
                packed[i] = PackedValues.wrap(values.get(i).getValue());
            }
            PackedColumns columns = new PackedColumns(packed, rows, parts.size());
            FetchResponse.Builder answer = FetchResponse.newBuilder()
                    .setSchemaId(withSchema.getSchemaId())
                    .setRowCount(rows)
                    .setAsOfMs(System.currentTimeMillis());
            for (int part = 0; part < parts.size(); part++) {
                answer.addParts(PackedColumns.complete(part));
                List<Field> fields = parts.get(part);
                for (int i = 0; i < fields.size(); i++) {
                    answer.addColumns(
                            fields.get(i).type() == Scalar.LONG ? columns.longs(part, i) : columns.doubles(part, i));
                }
            }
            return answer.build();
        }
    }
}
