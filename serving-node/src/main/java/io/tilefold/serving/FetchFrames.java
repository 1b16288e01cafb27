package io.tilefold.serving;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.AsciiString;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One connection's frames on their way to grpc. Fetches for which there is no time or no place are refused here ({@link Shedding}), and small ones are answered here where they can be at once ({@link NearFetches}); grpc makes calls of all others.
 * Used on the connection's event loop.
 *
 * <p><b>What a caller sees</b> is what grpc would have sent. A refusal is a response of headers alone, when its request has been read to the end: answered earlier, callers that still send would
 * reset their streams, and resets are bounded. A fetch that may be answered here is held until its request is there; if that takes {@value #HOLD_MS} ms and more, if anything about it is unusual, or there is something to wait for or to say about it, its frames are
 * handed to grpc as they came.
 */
final class FetchFrames extends Http2FrameListenerDecorator {
    private static final AsciiString TIMEOUT = AsciiString.cached("grpc-timeout");

    /** As the gRPC protocol has it: 8 digits and a unit. */
    private static final int TIMEOUT_LENGTH_MAX = 9;

    /** Most messages come with their headers, some a moment later. The deadline that grpc then watches over ends later by the time that it was held. */
    private static final long HOLD_MS = 10;

    private static final long HOLD_NS = TimeUnit.MILLISECONDS.toNanos(HOLD_MS);
    private static final long UNREADABLE = -1;

    private final Http2ConnectionHandler http2;
    private final Http2Connection connection;
    private final Http2Connection.PropertyKey taken;
    private final Shedding shedding;
    private final Shedding.Round round;
    private final NearFetches fetches;
    private final Predicate<Http2Headers> letsIn;
    private final FrameReply reply;
    private int holding;
    private boolean watching;

    /**
     * From now on, of a connection whose HTTP/2 handshake was read. Called on its event loop.
     *
     * @param letsIn true if a fetch with these headers may be answered; others are grpc's interceptors' to refuse
     * @throws IllegalStateException if the connection is not one of grpc's as known
     */
    static void read(
            Channel channel,
            Connections.Accepted accepted,
            Shedding shedding,
            NearFetches fetches,
            Predicate<Http2Headers> letsIn) {
        Http2ConnectionHandler http2 = channel.pipeline().get(Http2ConnectionHandler.class);
        if (http2 == null) {
            throw new IllegalStateException("a connection without HTTP/2: " + channel.pipeline());
        }
        http2.decoder()
                .frameListener(new FetchFrames(
                        http2, shedding, shedding.roundOf(channel.eventLoop()), fetches, letsIn, accepted));
    }

    /** A call whose request has not come to its end yet. */
    private static final class Held {
        final Http2Headers headers;
        final long sinceNs;
        final OptionalLong deadlineNs;

        /** The frame with its message, where the end comes in another. */
        @Nullable ByteBuf message;

        Held(Http2Headers headers, long sinceNs, OptionalLong deadlineNs) {
            this.headers = headers;
            this.sinceNs = sinceNs;
            this.deadlineNs = deadlineNs;
        }
    }

    private FetchFrames(
            Http2ConnectionHandler http2,
            Shedding shedding,
            Shedding.Round round,
            NearFetches fetches,
            Predicate<Http2Headers> letsIn,
            Connections.Accepted accepted) {
        super(http2.decoder().frameListener());
        this.http2 = http2;
        this.connection = http2.connection();
        this.taken = connection.newKey();
        this.shedding = shedding;
        this.round = round;
        this.fetches = fetches;
        this.letsIn = letsIn;
        this.reply = fetches.newReply(http2.encoder(), accepted);
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext context,
            int streamId,
            Http2Headers headers,
            int streamDependency,
            short weight,
            boolean exclusive,
            int padding,
            boolean endOfStream)
            throws Http2Exception {
        if (!take(context, streamId, headers, endOfStream)) {
            super.onHeadersRead(context, streamId, headers, streamDependency, weight, exclusive, padding, endOfStream);
        }
    }

    private boolean take(ChannelHandlerContext context, int streamId, Http2Headers headers, boolean endOfStream)
            throws Http2Exception {
        Http2Stream stream = connection.stream(streamId);
        Object before = stream.getProperty(taken);
        if (before instanceof Held held) { // a request that ends with trailers
            release(stream);
            handOver(context, stream, held);
            return false;
        }
        if (before instanceof Refusal refusal) {
            tellAtEnd(context, streamId, refusal, endOfStream);
            return true;
        }
        CharSequence path = headers.path();
        if (path == null || !shedding.isCounted(AsciiString.of(path))) {
            return false;
        }
        CharSequence timeout = headers.get(TIMEOUT);
        long timeNs = timeout == null ? shedding.defaultTimeNs() : nanoseconds(timeout);
        long nowNs = System.nanoTime();
        Refusal refusal = timeNs == UNREADABLE ? null : shedding.refusal(nowNs, timeNs, round);
        if (refusal != null) {
            stream.setProperty(taken, refusal);
            tellAtEnd(context, streamId, refusal, endOfStream);
            return true;
        }
        if (endOfStream || timeNs == UNREADABLE || !fetches.isOne(path, headers) || !letsIn.test(headers)) {
            return false;
        }
        OptionalLong deadlineNs = timeout == null ? OptionalLong.empty() : OptionalLong.of(nowNs + timeNs);
        hold(context, stream, new Held(headers, nowNs, deadlineNs));
        return true;
    }

    @Override
    public int onDataRead(ChannelHandlerContext context, int streamId, ByteBuf data, int padding, boolean endOfStream)
            throws Http2Exception {
        Http2Stream stream = connection.stream(streamId);
        Object state = stream.getProperty(taken);
        if (state instanceof Held held) {
            if (!endOfStream && held.message == null && NearFetches.isMessage(data)) {
                held.message = Unpooled.copiedBuffer(data);
                return padding; // the rest when it has been answered, or by grpc
            }
            release(stream);
            if (endOfStream && isAnswered(context, stream, held, data)) {
                return data.readableBytes() + padding;
            }
            handOver(context, stream, held);
        } else if (state instanceof Refusal refusal) {
            tellAtEnd(context, streamId, refusal, endOfStream);
            return data.readableBytes() + padding;
        }
        return super.onDataRead(context, streamId, data, padding, endOfStream);
    }

    private boolean isAnswered(ChannelHandlerContext context, Http2Stream stream, Held held, ByteBuf data)
            throws Http2Exception {
        ByteBuf before = held.message;
        if (before != null && data.isReadable()) {
            return false;
        }
        ByteBuf message = before == null ? data : before;
        boolean answered = fetches.answer(message, reply.to(context, stream.id()), held.deadlineNs);
        if (answered && before != null) {
            boolean unused = http2.decoder().flowController().consumeBytes(stream, before.readableBytes());
        }
        return answered;
    }

    private void hold(ChannelHandlerContext context, Http2Stream stream, Held held) {
        stream.setProperty(taken, held);
        holding++;
        watch(context);
    }

    private void release(Http2Stream stream) {
        stream.removeProperty(taken);
        holding--;
    }

    /** Looks in a while whether messages have not come. */
    private void watch(ChannelHandlerContext context) {
        if (!watching) {
            watching = true;
            context.executor().schedule(() -> handOverOld(context), HOLD_MS, TimeUnit.MILLISECONDS);
        }
    }

    /** From now on grpc watches over the deadlines of calls whose messages take so long. */
    private void handOverOld(ChannelHandlerContext context) {
        watching = false;
        if (holding == 0) {
            return;
        }
        holding = 0; // without those of streams that were reset
        long nowNs = System.nanoTime();
        try {
            connection.forEachActiveStream(stream -> {
                if (stream.getProperty(taken) instanceof Held held) {
                    holding++;
                    if (nowNs - held.sinceNs >= HOLD_NS) {
                        release(stream);
                        handOver(context, stream, held);
                    }
                }
                return true;
            });
        } catch (Http2Exception refused) {
            http2.onError(context, false, refused);
        }
        if (holding > 0) {
            watch(context);
        }
    }

    /** Gives a call to grpc, which gives back what it takes of the stream's window. */
    private void handOver(ChannelHandlerContext context, Http2Stream stream, Held held) throws Http2Exception {
        super.onHeadersRead(
                context, stream.id(), held.headers, 0, Http2CodecUtil.DEFAULT_PRIORITY_WEIGHT, false, 0, false);
        ByteBuf message = held.message;
        if (message != null) {
            int unused = super.onDataRead(context, stream.id(), message, 0, false);
        }
    }

    /** It leaves with what else has been written when all that has come was read. */
    private void tellAtEnd(ChannelHandlerContext context, int streamId, Refusal refusal, boolean endOfStream) {
        if (endOfStream) {
            shedding.count(refusal);
            http2.encoder().writeHeaders(context, streamId, refusal.headers(), 0, true, context.newPromise());
        }
    }

    /** The time that a caller gives; {@link #UNREADABLE} if it cannot be read, which grpc will say. */
    private static long nanoseconds(CharSequence timeout) {
        int digits = timeout.length() - 1;
        if (digits < 1 || digits >= TIMEOUT_LENGTH_MAX) {
            return UNREADABLE;
        }
        long value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = timeout.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return UNREADABLE;
            }
            value = 10 * value + digit;
        }
        return switch (timeout.charAt(digits)) {
            case 'n' -> value;
            case 'u' -> TimeUnit.MICROSECONDS.toNanos(value);
            case 'm' -> TimeUnit.MILLISECONDS.toNanos(value);
            case 'S' -> TimeUnit.SECONDS.toNanos(value);
            case 'M' -> TimeUnit.MINUTES.toNanos(value);
            case 'H' -> TimeUnit.HOURS.toNanos(value);
            default -> UNREADABLE;
        };
    }
}
