package io.tilefold.serving;

import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.codec.http2.ReadOnlyHttp2Headers;
import io.netty.util.AsciiString;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Refuses fetches for which there is no time or no place, where their HTTP/2 frames are read: before grpc makes a call of them. A refusal inside of grpc costs half of what an answer's transport does, and
 * of a node that is asked for three times what it can bear, refusals are two of three calls. Thread safe.
 *
 * <p><b>Small fetches and time.</b> An event loop reads what all its connections have sent and answers small fetches as it reads them; the answers leave when it has read everything. Under
 * overload that round gets longer, and a fetch waits for the rest of one round in the kernel, where nobody sees it, and for the next round's end. So a fetch is refused when the
 * round has lasted for a quarter of the fetch's time already: what is accepted leaves within about half of its time, and the rounds stay as short as that. How long it
 * waited in its client before, because that had as many calls under way as it may, no server can know.
 *
 * <p><b>What a caller sees</b> is what grpc would have sent: a response of headers alone, when its request has been read to the end. (Answered earlier, callers that still send would
 * reset their streams, and resets are bounded.) The request is let fall. Who may not call at all learns it when there is time.
 */
final class Shedding {
    private static final int LATE_SHARE = 4;
    private static final AsciiString TIMEOUT = AsciiString.cached("grpc-timeout");
    private static final AsciiString OK = AsciiString.cached("200");

    /** As the gRPC protocol has it: 8 digits and a unit. */
    private static final int TIMEOUT_LENGTH_MAX = 9;

    private final Admission admission;
    private final Refusals refusals;
    private final long defaultDeadlineNs;
    private final Set<AsciiString> paths;
    private final Refusal late;
    private final Refusal noPlace;
    private final Map<EventLoop, Round> rounds = new ConcurrentHashMap<>();

    Shedding(ServingConfig config, Admission admission, Refusals refusals) {
        this.admission = admission;
        this.refusals = refusals;
        this.defaultDeadlineNs = TimeUnit.MILLISECONDS.toNanos(config.defaultDeadlineMs());
        this.paths = Set.copyOf(Admission.COUNTED.stream()
                .map(method -> AsciiString.cached("/" + method))
                .toList());
        this.noPlace = Refusal.of(admission.refusal());
        this.late = Refusal.of(Errors.overloaded(
                "WOULD_BE_LATE",
                "the node has worked on other fetches for more than a quarter of the time this one has",
                "try again after the time in RetryInfo, ask another node, or give a longer deadline"));
    }

    /**
     * From now on, of a connection whose HTTP/2 handshake was read. Called on its event loop.
     *
     * @throws IllegalStateException if the connection is not one of grpc's as known
     */
    void guard(Channel connection) {
        Http2ConnectionHandler http2 = connection.pipeline().get(Http2ConnectionHandler.class);
        if (http2 == null) {
            throw new IllegalStateException("a connection without HTTP/2: " + connection.pipeline());
        }
        Round round = rounds.computeIfAbsent(connection.eventLoop(), Round::new);
        http2.decoder().frameListener(new Frames(http2, round));
    }

    /** Why a fetch is refused now; null if it is not. */
    private @Nullable Refusal refusal(Http2Headers call, Round round) {
        CharSequence path = call.path();
        if (path == null || !paths.contains(AsciiString.of(path))) {
            return null;
        }
        if (round.lastedNs() > timeNs(call.get(TIMEOUT)) / LATE_SHARE) {
            return late;
        }
        return admission.isFull() ? noPlace : null;
    }

    /** The time that a caller gives; very long if it cannot be read, which grpc will say. */
    private long timeNs(@Nullable CharSequence timeout) {
        if (timeout == null) {
            return defaultDeadlineNs;
        }
        int digits = timeout.length() - 1;
        if (digits < 1 || digits >= TIMEOUT_LENGTH_MAX) {
            return Long.MAX_VALUE;
        }
        long value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = timeout.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return Long.MAX_VALUE;
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
            default -> Long.MAX_VALUE;
        };
    }

    /** One connection's frames, on their way to grpc. Used on its event loop. */
    private final class Frames extends Http2FrameListenerDecorator {
        private final Http2ConnectionHandler http2;
        private final Http2Connection connection;
        private final Http2Connection.PropertyKey refused;
        private final Round round;

        Frames(Http2ConnectionHandler http2, Round round) {
            super(http2.decoder().frameListener());
            this.http2 = http2;
            this.connection = http2.connection();
            this.refused = connection.newKey();
            this.round = round;
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
            if (!refuse(context, streamId, headers, endOfStream)) {
                super.onHeadersRead(
                        context, streamId, headers, streamDependency, weight, exclusive, padding, endOfStream);
            }
        }

        @Override
        public void onHeadersRead(
                ChannelHandlerContext context, int streamId, Http2Headers headers, int padding, boolean endOfStream)
                throws Http2Exception {
            if (!refuse(context, streamId, headers, endOfStream)) {
                super.onHeadersRead(context, streamId, headers, padding, endOfStream);
            }
        }

        private boolean refuse(ChannelHandlerContext context, int streamId, Http2Headers headers, boolean endOfStream) {
            Http2Stream stream = connection.stream(streamId);
            Refusal refusal = stream.getProperty(refused); // then these are a request's trailers
            if (refusal == null) {
                refusal = refusal(headers, round);
                if (refusal == null) {
                    return false;
                }
                stream.setProperty(refused, refusal);
            }
            if (endOfStream) {
                tell(context, streamId, refusal);
            }
            return true;
        }

        @Override
        public int onDataRead(
                ChannelHandlerContext context, int streamId, ByteBuf data, int padding, boolean endOfStream)
                throws Http2Exception {
            Refusal refusal = connection.stream(streamId).getProperty(refused);
            if (refusal == null) {
                return super.onDataRead(context, streamId, data, padding, endOfStream);
            }
            if (endOfStream) {
                tell(context, streamId, refusal);
            }
            return data.readableBytes() + padding;
        }

        /** It leaves with what else has been written when all that has come was read. */
        private void tell(ChannelHandlerContext context, int streamId, Refusal refusal) {
            refusals.count(refusal.code());
            http2.encoder().writeHeaders(context, streamId, refusal.headers(), 0, true, context.newPromise());
        }
    }

    /** A response that says no, as it is sent. */
    private record Refusal(io.grpc.Status.Code code, Http2Headers headers) {
        static Refusal of(StatusRuntimeException said) {
            List<AsciiString> fields = new ArrayList<>();
            add(fields, "content-type", "application/grpc");
            add(fields, "grpc-status", String.valueOf(said.getStatus().getCode().value()));
            add(fields, "grpc-message", String.valueOf(said.getStatus().getDescription()));
            Metadata trailers = said.getTrailers();
            if (trailers != null) {
                for (String name : trailers.keys()) {
                    add(fields, name, value(trailers, name));
                }
            }
            return new Refusal(
                    said.getStatus().getCode(),
                    ReadOnlyHttp2Headers.serverHeaders(true, OK, fields.toArray(AsciiString[]::new)));
        }

        private static String value(Metadata trailers, String name) {
            if (name.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
                byte[] bytes = trailers.get(Metadata.Key.of(name, Metadata.BINARY_BYTE_MARSHALLER));
                return Base64.getEncoder().withoutPadding().encodeToString(bytes);
            }
            return String.valueOf(trailers.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER)));
        }

        private static void add(List<AsciiString> fields, String name, String value) {
            if (!value.chars().allMatch(c -> c >= ' ' && c <= '~' && c != '%')) {
                throw new IllegalArgumentException("to be sent as it is, " + name + ": " + value);
            }
            fields.add(AsciiString.cached(name));
            fields.add(AsciiString.cached(value));
        }
    }

    /** One event loop's present round: what it found ready to read. Used on that event loop. */
    private static final class Round {
        private final EventLoop loop;
        private boolean begun;
        private long sinceNs;

        Round(EventLoop loop) {
            this.loop = loop;
        }

        /** For how long calls have been read and answered now without looking for new ones, nanoseconds. */
        long lastedNs() {
            long nowNs = System.nanoTime();
            if (!begun) {
                begun = true;
                sinceNs = nowNs;
                loop.execute(() -> begun = false); // tasks run when all that was ready has been read
            }
            return nowNs - sinceNs;
        }
    }
}
