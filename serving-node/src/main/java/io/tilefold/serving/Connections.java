package io.tilefold.serving;

import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.ServerCall;
import io.grpc.ServerTransportFilter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.util.ReferenceCountUtil;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The node's connections: so many, and so many bytes of answers that one of them may leave unread. One beyond the first bound is told so (where it is not encrypted: by an HTTP/2
 * GOAWAY) and closed; one beyond the second is cut. Sits in the pipeline of the listening channel and among grpc's transport filters. Thread safe.
 */
@Sharable
final class Connections extends ChannelInboundHandlerAdapter {
    private static final ThrottledLog LOG = new ThrottledLog(LoggerFactory.getLogger(Connections.class));
    private static final Attributes.Key<Accepted> ACCEPTED = Attributes.Key.create("tilefold-connection");

    /** Connections that are being told at one time; further ones are closed without a word. */
    private static final int TOLD_MAX = 100;

    /** A client that is told so connects anew at once: let it wait a while first. */
    private static final long TOLD_AFTER_MS = 250;

    private static final long TOLD_WITHIN_MS = 1_000;

    private final int max;
    private final long maxUnreadBytes;
    private final boolean encrypted;
    private final EventLoopGroup eventLoops;
    private final BiConsumer<Channel, Accepted> ready;
    private final Map<SocketAddress, Channel> open = new ConcurrentHashMap<>();
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicInteger told = new AtomicInteger();
    private final LongAdder refused = new LongAdder();
    private final LongAdder cut = new LongAdder();

    /**
     * @param eventLoops those of accepted connections
     * @param ready told of each, on its event loop, once its HTTP/2 handshake was read
     */
    Connections(ServingConfig config, EventLoopGroup eventLoops, BiConsumer<Channel, Accepted> ready) {
        this.max = config.maxConnections();
        this.maxUnreadBytes = config.maxUnreadBytes();
        this.encrypted = config.tls().isPresent();
        this.eventLoops = eventLoops;
        this.ready = ready;
    }

    /** Open now. */
    int count() {
        return count.get();
    }

    /** Those that were beyond the bound, since the start. */
    long refused() {
        return refused.sum();
    }

    /** Those that were cut since the start, because they did not read their answers. */
    long cut() {
        return cut.sum();
    }

    /** A connection was accepted. */
    @Override
    public void channelRead(ChannelHandlerContext context, Object accepted) {
        Channel connection = (Channel) accepted;
        if (count.incrementAndGet() > max) {
            count.decrementAndGet();
            refuse(connection);
            return;
        }
        SocketAddress from = connection.remoteAddress();
        if (from == null) { // it has gone already
            count.decrementAndGet();
            connection.unsafe().closeForcibly();
            return;
        }
        open.put(from, connection);
        connection.closeFuture().addListener(closed -> {
            open.remove(from, connection);
            count.decrementAndGet();
        });
        connection.pipeline().addFirst(new JoinedWrites()); // nearest to the socket: grpc's handlers come behind it
        context.fireChannelRead(accepted);
    }

    private void refuse(Channel connection) {
        refused.increment();
        LOG.warn("a connection of " + connection.remoteAddress() + " was refused: " + max
                + " are open (serving.maxConnections)");
        if (encrypted || told.incrementAndGet() > TOLD_MAX) {
            if (!encrypted) {
                told.decrementAndGet();
            }
            connection.unsafe().closeForcibly();
            return;
        }
        connection.closeFuture().addListener(closed -> told.decrementAndGet());
        connection.pipeline().addLast(new Refusing(goAway()));
        eventLoops.register(connection);
    }

    /** GOAWAY with a reason. */
    private ByteBuf goAway() {
        byte[] reason = ("this node has " + max + " connections already (serving.maxConnections): ask another node, or"
                        + " later")
                .getBytes(StandardCharsets.UTF_8);
        ByteBuf out = Unpooled.buffer();
        head(out, 2 * Integer.BYTES + reason.length, Http2FrameTypes.GO_AWAY);
        out.writeInt(0); // no stream was looked at
        out.writeInt((int) Http2Error.ENHANCE_YOUR_CALM.code());
        return out.writeBytes(reason);
    }

    private static void head(ByteBuf out, int length, byte type) {
        out.writeMedium(length).writeByte(type).writeByte(0).writeInt(0);
    }

    /** Tells a connection that there is no place, lets what comes from it fall, and closes it. */
    private static final class Refusing extends ChannelInboundHandlerAdapter {
        private final ByteBuf goAway;

        Refusing(ByteBuf goAway) {
            this.goAway = goAway;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            Channel connection = context.channel();
            ByteBuf settings = Unpooled.buffer();
            head(settings, 0, Http2FrameTypes.SETTINGS);
            context.writeAndFlush(settings); // only then a client sends its calls, which fail with what they are told
            connection.eventLoop().schedule(() -> tell(context), TOLD_AFTER_MS, TimeUnit.MILLISECONDS);
            connection.eventLoop().schedule(() -> connection.close(), TOLD_WITHIN_MS, TimeUnit.MILLISECONDS);
        }

        private void tell(ChannelHandlerContext context) {
            // Closed in both directions at once, bytes that were not read yet would make the kernel reset it: the
            // reason would be lost.
            context.writeAndFlush(goAway).addListener(sent -> ((DuplexChannel) context.channel()).shutdownOutput());
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ReferenceCountUtil.release(message);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable gone) {
            context.close();
        }
    }

    /** One connection, as its calls see it. */
    final class Accepted {
        private final AtomicLong unreadBytes = new AtomicLong();
        private final SocketAddress address;
        private final @Nullable SSLSession session;

        private Accepted(SocketAddress address, @Nullable SSLSession session) {
            this.address = address;
            this.session = session;
        }

        /** Null if it is not encrypted. */
        @Nullable SSLSession session() {
            return session;
        }

        /** Counts bytes of answers that have not left yet; cuts the connection if more come while more than the bound wait. Any thread. */
        void unread(long more) {
            long before = unreadBytes.getAndAdd(more);
            if (more > 0 && before > maxUnreadBytes) {
                cut(address, before);
            }
        }
    }

    private void cut(SocketAddress address, long bytes) {
        Channel connection = open.remove(address);
        if (connection == null) {
            return; // it has gone, or was cut a moment ago
        }
        cut.increment();
        LOG.warn("the connection of " + address + " was cut: it leaves " + bytes
                + " bytes of answers unread (serving.maxUnreadBytes is " + maxUnreadBytes + ")");
        // Past grpc's handlers, which would wait for the answers to be read.
        connection.pipeline().firstContext().close();
    }

    /** Tells calls which connection they came on. */
    ServerTransportFilter filter() {
        return new ServerTransportFilter() {
            @Override
            public Attributes transportReady(Attributes transport) {
                SocketAddress address = transport.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
                Channel channel = address == null ? null : open.get(address);
                if (address == null || channel == null) {
                    return transport; // it has gone
                }
                Accepted accepted = new Accepted(address, transport.get(Grpc.TRANSPORT_ATTR_SSL_SESSION));
                ready.accept(channel, accepted);
                return transport.toBuilder().set(ACCEPTED, accepted).build();
            }
        };
    }

    /** The connection that a call came on; null if it has gone. */
    static @Nullable Accepted of(ServerCall<?, ?> call) {
        return call.getAttributes().get(ACCEPTED);
    }
}
