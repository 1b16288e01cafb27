package io.tilefold.serving;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2Headers;
import io.tilefold.proto.serving.v1.FetchRequest;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** A client of fetches that writes its frames itself; what was written leaves in one piece. Confined to one thread. */
final class FrameClient implements AutoCloseable {
    private static final int TIMEOUT_MS = 20_000;
    private static final String FETCH = "/tilefold.serving.v1.FeatureService/Fetch";

    private final String timeout;
    private final Socket socket;
    private final DataInputStream in;
    private final DefaultHttp2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder();
    private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder();
    private final ByteBuf out = Unpooled.buffer();

    /** @param timeout of each call, as grpc-timeout has it */
    FrameClient(int port, String timeout) throws IOException {
        this.timeout = timeout;
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(TIMEOUT_MS);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(socket.getInputStream());
        out.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        frame(Http2FrameTypes.SETTINGS, 0, 0, Unpooled.EMPTY_BUFFER);
        Map<Integer, String> none = ping();
        if (!none.isEmpty()) {
            throw new IOException("answers before a call: " + none);
        }
    }

    /** A request as a call's one message. */
    static ByteBuf framed(FetchRequest request) {
        byte[] message = request.toByteArray();
        return Unpooled.buffer().writeByte(0).writeInt(message.length).writeBytes(message);
    }

    FrameClient headers(int stream, boolean ends) throws Exception {
        Http2Headers headers = new DefaultHttp2Headers()
                .method("POST")
                .scheme("http")
                .authority("node")
                .path(FETCH);
        headers.add("content-type", "application/grpc").add("te", "trailers").add("grpc-timeout", timeout);
        return headers(stream, headers, ends);
    }

    FrameClient trailers(int stream) throws Exception {
        return headers(stream, new DefaultHttp2Headers().add("checksum", "7"), true);
    }

    private FrameClient headers(int stream, Http2Headers headers, boolean ends) throws Exception {
        ByteBuf block = Unpooled.buffer();
        encoder.encodeHeaders(stream, headers, block);
        int flags = Http2Flags.END_HEADERS | (ends ? Http2Flags.END_STREAM : 0);
        return frame(Http2FrameTypes.HEADERS, flags, stream, block);
    }

    FrameClient data(int stream, ByteBuf bytes, boolean ends) {
        return frame(Http2FrameTypes.DATA, ends ? Http2Flags.END_STREAM : 0, stream, bytes);
    }

    FrameClient reset(int stream) {
        ByteBuf code = Unpooled.buffer().writeInt((int) Http2Error.CANCEL.code());
        return frame(Http2FrameTypes.RST_STREAM, 0, stream, code);
    }

    private FrameClient frame(byte type, int flags, int stream, ByteBuf payload) {
        out.writeMedium(payload.readableBytes())
                .writeByte(type)
                .writeByte(flags)
                .writeInt(stream)
                .writeBytes(payload.duplicate());
        return this;
    }

    /** Sends what was written, and reads until all of it was read there. Returns the status of each stream that has ended meanwhile; "reset" if it was; "twice" if it ended again. Not often: servers bound pings. */
    Map<Integer, String> ping() throws IOException {
        frame(Http2FrameTypes.PING, 0, 0, Unpooled.buffer().writeLong(7));
        return readUntil(ended -> false);
    }

    /** Sends what was written, and reads until a stream has ended; its status, as {@link #ping} gives it. */
    String end(int stream) throws IOException {
        return String.valueOf(readUntil(ended -> ended.containsKey(stream)).get(stream));
    }

    /** Sends what was written. */
    void send() throws IOException {
        out.readBytes(socket.getOutputStream(), out.readableBytes());
    }

    private Map<Integer, String> readUntil(Predicate<Map<Integer, String>> enough) throws IOException {
        send();
        Map<Integer, String> ended = new TreeMap<>();
        while (!enough.test(ended)) {
            int length = in.readUnsignedShort() << 8 | in.readUnsignedByte();
            byte type = in.readByte();
            int flags = in.readUnsignedByte();
            int stream = in.readInt();
            byte[] payload = new byte[length];
            in.readFully(payload);
            if (type == Http2FrameTypes.PING && (flags & Http2Flags.ACK) != 0) {
                return ended;
            }
            if (type == Http2FrameTypes.GO_AWAY) {
                throw new IOException("GOAWAY: " + new String(payload, StandardCharsets.UTF_8));
            }
            String status = type == Http2FrameTypes.HEADERS ? status(stream, payload) : "reset";
            if (type == Http2FrameTypes.RST_STREAM
                    || type == Http2FrameTypes.HEADERS && (flags & Http2Flags.END_STREAM) != 0) {
                ended.merge(stream, status, (first, second) -> "twice");
            }
        }
        return ended;
    }

    private String status(int stream, byte[] block) throws IOException {
        try {
            return String.valueOf(
                    decoder.decodeHeaders(stream, Unpooled.wrappedBuffer(block)).get("grpc-status"));
        } catch (Exception unreadable) {
            throw new IOException(unreadable);
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
