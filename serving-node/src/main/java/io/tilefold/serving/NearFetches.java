package io.tilefold.serving;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.slf4j.LoggerFactory;

/** Fetches that are answered where their frames are read: small ones, whose request is one frame, and that need nothing but this host's stores. Thread safe. */
final class NearFetches {
    private static final ThrottledLog FAILURES = new ThrottledLog(LoggerFactory.getLogger(NearFetches.class));
    private static final AsciiString PATH = AsciiString.cached("/" + FeatureMethods.FETCH.getFullMethodName());
    private static final AsciiString POST = AsciiString.cached("POST");
    private static final AsciiString CONTENT_TYPE = AsciiString.cached("content-type");
    private static final AsciiString CONNECTION = AsciiString.cached("connection");
    private static final AsciiString GRPC = AsciiString.cached("application/grpc");

    private final FetchEngine engine;
    private final Admission admission;
    private final int maxRequestBytes;
    private final Predicate<Http2Headers> isKnown;

    /** @param isKnown true if a call with these headers is one that this server is there for */
    NearFetches(FetchEngine engine, Admission admission, ServingConfig config, Predicate<Http2Headers> isKnown) {
        this.engine = engine;
        this.admission = admission;
        this.maxRequestBytes = config.maxRequestBytes();
        this.isKnown = isKnown;
    }

    FrameReply newReply(Http2ConnectionEncoder encoder, Connections.Accepted accepted) {
        return new FrameReply(encoder, admission, accepted);
    }

    /** True if a call is a fetch as usual, by its headers. */
    boolean isOne(CharSequence path, Http2Headers headers) {
        CharSequence type = headers.get(CONTENT_TYPE);
        return PATH.contentEquals(path)
                && POST.contentEquals(headers.method())
                && type != null
                && GRPC.contentEquals(type)
                && !headers.contains(CONNECTION)
                && isKnown.test(headers);
    }

    /** True if a frame is one message, as it is: not a part of one, and not compressed. */
    static boolean isMessage(ByteBuf data) {
        int length = data.readableBytes() - FrameReply.PREFIX_LENGTH;
        int at = data.readerIndex();
        return length >= 0 && data.getByte(at) == 0 && data.getInt(at + 1) == length;
    }

    /**
     * Answers.
     *
     * @param data a request's only frame, but for an empty one at its end; all of it has come now
     * @param deadlineNs until when the caller waits, by {@link System#nanoTime}
     * @return false if it cannot be answered here and now; nothing has been sent then
     */
    boolean answer(ByteBuf data, FrameReply reply, OptionalLong deadlineNs) {
        long arrivedNs = System.nanoTime();
        int length = data.readableBytes() - FrameReply.PREFIX_LENGTH;
        if (deadlineNs.isPresent() && deadlineNs.getAsLong() - arrivedNs <= 0
                || !isMessage(data)
                || length > maxRequestBytes
                || !admission.tryEnter()) {
            return false;
        }
        byte[] message = new byte[length];
        data.getBytes(data.readerIndex() + FrameReply.PREFIX_LENGTH, message);
        try {
            engine.answerNow(message, reply, arrivedNs, deadlineNs);
        } catch (RuntimeException | Error failure) { // if it lasts, grpc's server meets it again, and tells the caller
            FAILURES.error("a fetch failed where its frames were read", failure);
        }
        if (!reply.isSent()) {
            admission.leave();
        }
        return reply.isSent();
    }
}
