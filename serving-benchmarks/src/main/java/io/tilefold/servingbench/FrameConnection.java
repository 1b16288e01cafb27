package io.tilefold.servingbench;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * The client's end of one HTTP/2 connection, with as much of RFC 9113 and RFC 7541 as unary gRPC calls of small requests take: frames are put together from bytes that are known before, headers are indexed
 * after the first call, and of an answer it looks at the lengths. So a call costs the client some 1 µs, where one through grpc-java costs tens, and what is measured is the server. Not for anything but
 * measuring: it verifies nothing of an answer, and relies on the server to read requests as fast as they come ({@link #WINDOW}). Confined to one thread.
 */
final class FrameConnection implements AutoCloseable {
    /** Calls that may be open, by distance of their stream ids. */
    private static final int STREAMS = 1 << 16;

    /** What a server takes without saying so (RFC 9113, 6.9.2): requests that are not read yet must be less. */
    private static final int WINDOW = 65_535;

    private static final int WINDOW_MAX = Integer.MAX_VALUE;
    private static final int HEAD_LENGTH = 9;
    private static final int BUFFER_LENGTH = 1 << 18;
    private static final byte DATA = 0;
    private static final byte HEADERS = 1;
    private static final byte RST_STREAM = 3;
    private static final byte SETTINGS = 4;
    private static final byte PING = 6;
    private static final byte GOAWAY = 7;
    private static final byte WINDOW_UPDATE = 8;
    private static final byte ACK = 1;
    private static final byte END_STREAM = 1;
    private static final byte END_HEADERS = 4;
    private static final short MAX_CONCURRENT_STREAMS = 3;
    private static final short INITIAL_WINDOW_SIZE = 4;

    /** {@code :method POST} and {@code :scheme http} of the static table. */
    private static final byte[] METHOD_AND_SCHEME = {(byte) 0x83, (byte) 0x86};

    /** Static table: {@code :path}, {@code :authority}, {@code content-type}. */
    private static final byte[] NAMES_KNOWN = {4, 1, 31};

    private static final int FIRST_DYNAMIC = 62;

    private final SocketChannel channel;
    private final Ended ended;
    private final ByteBuffer in = ByteBuffer.allocateDirect(BUFFER_LENGTH);
    private final ByteBuffer out = ByteBuffer.allocateDirect(BUFFER_LENGTH);
    private final long[] startsNs = new long[STREAMS];
    private final int[] lengths = new int[STREAMS];
    private final byte[] firstHeaders;
    private final byte[] laterHeaders;
    private int nextStream = 1;
    private int open;
    private int openMax = 100;
    private int skip;
    private long unreported;

    /** Is told of each call that has ended. */
    interface Ended {
        /** @param answerLength bytes of the answer's message; negative: the server reset the stream */
        void ended(long startNs, int answerLength);
    }

    FrameConnection(int port, String path, int deadlineMs, Selector selector, Ended ended) throws IOException {
        this.ended = ended;
        List<Map.Entry<String, String>> headers = List.of(
                Map.entry(":path", path),
                Map.entry(":authority", "127.0.0.1:" + port),
                Map.entry("content-type", "application/grpc"),
                Map.entry("te", "trailers"),
                Map.entry("grpc-timeout", deadlineMs + "m"));
        this.firstHeaders = firstHeaders(headers);
        this.laterHeaders = laterHeaders(headers.size());
        channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ, this);
        out.put("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        head(Short.BYTES + Integer.BYTES, SETTINGS, 0, 0);
        out.putShort(INITIAL_WINDOW_SIZE).putInt(WINDOW_MAX);
        head(Integer.BYTES, WINDOW_UPDATE, 0, 0);
        out.putInt(WINDOW_MAX - WINDOW);
    }

    /** True if the server takes another call now. */
    boolean hasRoom() {
        return open < openMax;
    }

    /** Begins a call; it is sent with the next {@link #flush}. */
    void call(byte[] framedMessage, long startNs) throws IOException {
        byte[] headers = nextStream == 1 ? firstHeaders : laterHeaders;
        int length = headers.length + framedMessage.length + 2 * HEAD_LENGTH;
        if ((long) (open + 1) * length > WINDOW) {
            throw new IOException(open + " calls open on a connection, more than " + WINDOW + " bytes of requests");
        }
        if (out.remaining() < length) {
            flush();
        }
        int stream = nextStream;
        nextStream += 2;
        int place = place(stream);
        if (startsNs[place] != 0) {
            throw new IOException("a call has had no answer while " + STREAMS + " others were begun");
        }
        startsNs[place] = startNs;
        lengths[place] = 0;
        open++;
        head(headers.length, HEADERS, END_HEADERS, stream);
        out.put(headers);
        head(framedMessage.length, DATA, END_STREAM, stream);
        out.put(framedMessage);
    }

    void flush() throws IOException {
        out.flip();
        while (out.hasRemaining()) {
            channel.write(out);
        }
        out.clear();
    }

    /** Reads what has come. Returns false if nothing has. */
    boolean read() throws IOException {
        int read = channel.read(in);
        if (read < 0) {
            throw new EOFException("the server closed a connection with " + open + " calls open");
        }
        if (read == 0) {
            return false;
        }
        in.flip();
        while (takeFrame()) {
            // and the next
        }
        in.compact();
        return true;
    }

    private boolean takeFrame() throws IOException {
        int skipped = Math.min(skip, in.remaining());
        in.position(in.position() + skipped);
        skip -= skipped;
        if (skip > 0 || in.remaining() < HEAD_LENGTH) {
            return false;
        }
        int at = in.position();
        int length = in.getInt(at) >>> 8;
        byte type = in.get(at + 3);
        byte flags = in.get(at + 4);
        int stream = in.getInt(at + 5);
        boolean isWhole = in.remaining() >= HEAD_LENGTH + length;
        if (!isWhole && type != DATA && type != HEADERS) {
            return false;
        }
        in.position(at + HEAD_LENGTH);
        switch (type) {
            case DATA -> takeData(stream, length);
            case HEADERS -> endIf((flags & END_STREAM) != 0, stream);
            case RST_STREAM -> {
                lengths[place(stream)] = -1;
                endIf(true, stream);
            }
            case SETTINGS, PING -> acknowledge(type, flags, length);
            case GOAWAY -> throw new EOFException("the server said GOAWAY with " + open + " calls open");
            default -> {
                // a window that is never full, a priority
            }
        }
        skip = length;
        return true;
    }

    private void takeData(int stream, int length) throws IOException {
        lengths[place(stream)] += length;
        unreported += length;
        if (unreported > WINDOW_MAX / 2) {
            head(Integer.BYTES, WINDOW_UPDATE, 0, 0);
            out.putInt((int) unreported);
            flush();
            unreported = 0;
        }
    }

    private void endIf(boolean isEnd, int stream) {
        if (isEnd) {
            int place = place(stream);
            long startNs = startsNs[place];
            startsNs[place] = 0;
            open--;
            ended.ended(startNs, lengths[place]);
        }
    }

    private void acknowledge(byte type, byte flags, int length) throws IOException {
        if ((flags & ACK) != 0) {
            return;
        }
        if (type == SETTINGS) {
            readSettings(length);
            head(0, SETTINGS, ACK, 0);
        } else {
            head(length, PING, ACK, 0);
            out.put(in.slice(in.position(), length));
        }
        flush();
    }

    private void readSettings(int length) {
        for (int at = in.position(); at < in.position() + length; at += Short.BYTES + Integer.BYTES) {
            if (in.getShort(at) == MAX_CONCURRENT_STREAMS) {
                openMax = in.getInt(at + Short.BYTES);
            }
        }
    }

    private void head(int length, byte type, int flags, int stream) {
        out.putInt(length << 8 | type).put((byte) flags).putInt(stream);
    }

    private static int place(int stream) {
        return stream >>> 1 & STREAMS - 1;
    }

    /** Literals that both sides keep: the last has the lowest index from then on. */
    private static byte[] firstHeaders(List<Map.Entry<String, String>> headers) {
        ByteBuffer block = ByteBuffer.allocate(512).put(METHOD_AND_SCHEME);
        for (int i = 0; i < headers.size(); i++) {
            block.put((byte) (0x40 | (i < NAMES_KNOWN.length ? NAMES_KNOWN[i] : 0)));
            if (i >= NAMES_KNOWN.length) {
                putText(block, headers.get(i).getKey());
            }
            putText(block, headers.get(i).getValue());
        }
        return bytes(block);
    }

    private static byte[] laterHeaders(int dynamic) {
        ByteBuffer block = ByteBuffer.allocate(16).put(METHOD_AND_SCHEME);
        for (int i = dynamic - 1; i >= 0; i--) {
            block.put((byte) (0x80 | FIRST_DYNAMIC + i));
        }
        return bytes(block);
    }

    /** Up to 126 bytes. */
    private static void putText(ByteBuffer block, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        block.put((byte) bytes.length).put(bytes);
    }

    private static byte[] bytes(ByteBuffer block) {
        byte[] bytes = new byte[block.flip().remaining()];
        block.get(bytes);
        return bytes;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
