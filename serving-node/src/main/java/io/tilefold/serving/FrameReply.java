package io.tilefold.serving;

import io.grpc.StatusRuntimeException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.ReadOnlyHttp2Headers;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/**
 * Answers of fetches as frames of a connection, one fetch after the other: headers, a message, trailers. What is written leaves when all that has come on the connection was read. Used on the connection's event loop.
 */
final class FrameReply implements FetchReply {
    /** Before each message: whether it is compressed, and its length. */
    static final int PREFIX_LENGTH = 5;

    /** As grpc's calls have it: that many bytes of an answer may wait without a client being slow; what waits is bounded by the connection's calls. */
    private static final int UNREAD_LEAST = 32 << 10;

    private static final Http2Headers HEADERS = ReadOnlyHttp2Headers.serverHeaders(
            true,
            AsciiString.cached("200"),
            AsciiString.cached("content-type"),
            AsciiString.cached("application/grpc"),
            AsciiString.cached("grpc-encoding"),
            AsciiString.cached("identity"),
            AsciiString.cached("grpc-accept-encoding"),
            AsciiString.cached("gzip"));
    private static final Http2Headers TRAILERS =
            ReadOnlyHttp2Headers.trailers(true, AsciiString.cached("grpc-status"), AsciiString.cached("0"));

    private final Http2ConnectionEncoder encoder;
    private final Admission admission;
    private final Connections.Accepted accepted;
    private @Nullable ChannelHandlerContext context;
    private int streamId;
    private boolean sent;

    FrameReply(Http2ConnectionEncoder encoder, Admission admission, Connections.Accepted accepted) {
        this.encoder = encoder;
        this.admission = admission;
        this.accepted = accepted;
    }

    /** Where the next answer goes. */
    FrameReply to(ChannelHandlerContext toContext, int toStreamId) {
        context = toContext;
        streamId = toStreamId;
        sent = false;
        return this;
    }

    /** The answer was sent; then the fetch {@linkplain Admission#leave leaves} with it. */
    boolean isSent() {
        return sent;
    }

    /** Nothing else happens on the event loop while it answers. */
    @Override
    public boolean isCancelled() {
        return false;
    }

    @Override
    public void fail(StatusRuntimeException refused) {
        throw new IllegalStateException("failures are grpc's to tell", refused);
    }

    @Override
    public void begin(WireBuffer out) {}

    @Override
    public void send(WireBuffer out) {
        ChannelHandlerContext to = context;
        if (to == null || sent) {
            throw new IllegalStateException("nobody to answer");
        }
        int length = out.length();
        ByteBuf message = to.alloc().buffer(PREFIX_LENGTH + length);
        message.writeByte(0).writeInt(length).writeBytes(out.array(), 0, length);
        sent = true;
        int counted = length < UNREAD_LEAST ? 0 : length;
        if (counted > 0) {
            accepted.unread(counted);
        }
        ChannelPromise left = to.newPromise();
        left.addListener((ChannelFuture done) -> {
            if (counted > 0) {
                accepted.unread(-counted);
            }
            admission.leave();
        });
        encoder.writeHeaders(to, streamId, HEADERS, 0, false, to.newPromise());
        encoder.writeData(to, streamId, message, 0, false, to.newPromise());
        encoder.writeHeaders(to, streamId, TRAILERS, 0, true, left);
    }
}
