package io.tilefold.servingbench;

import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.proto.serving.v1.FetchRequest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The floor: a minimal grpc-java server on the transport and executor of a serving node, which answers every fetch with the same bytes and looks
 * at no more than whether a client asks for the schema, as it does once. Arguments: file with the bytes, file with those and the schema, event loops. Prints READY and its port.
 */
public final class EchoProcess {
    private EchoProcess() {}

    public static void main(String[] args) throws Exception {
        byte[] answer = Files.readAllBytes(Path.of(args[0]));
        byte[] answerWithSchema = Files.readAllBytes(Path.of(args[1]));
        EventLoopGroup acceptor = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(Integer.parseInt(args[2]), EpollIoHandler.newFactory());
        MethodDescriptor<byte[], byte[]> fetch = FeatureServiceGrpc.getFetchMethod().toBuilder(
                        Bytes.INSTANCE, Bytes.INSTANCE)
                .build();
        ServerServiceDefinition service = ServerServiceDefinition.builder(FeatureServiceGrpc.SERVICE_NAME)
                .addMethod(fetch, ServerCalls.asyncUnaryCall((request, observer) -> {
                    observer.onNext(asksForSchema(request) ? answerWithSchema : answer);
                    observer.onCompleted();
                }))
                .build();
        Server server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .bossEventLoopGroup(acceptor)
                .workerEventLoopGroup(loops)
                .channelType(EpollServerSocketChannel.class)
                .directExecutor()
                .addService(service)
                .build()
                .start();
        Allocations.answer();
        System.out.println("READY " + server.getPort());
        server.awaitTermination();
    }

    /** The field include_schema (9, true) is the last of such a request. */
    private static boolean asksForSchema(byte[] request) {
        int last = request.length - 1;
        return request[last] == 1 && request[last - 1] == (byte) (FetchRequest.INCLUDE_SCHEMA_FIELD_NUMBER << 3);
    }

    private enum Bytes implements Marshaller<byte[]> {
        INSTANCE;

        @Override
        public InputStream stream(byte[] message) {
            return new ByteArrayInputStream(message);
        }

        @Override
        public byte[] parse(InputStream message) {
            try {
                // Of known length unless it was compressed; readAllBytes would make a buffer of 16 KiB for each.
                return message instanceof KnownLength known
                        ? message.readNBytes(known.available())
                        : message.readAllBytes();
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }
    }
}
