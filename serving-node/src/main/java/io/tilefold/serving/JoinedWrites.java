package io.tilefold.serving;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Joins what a connection writes between two flushes. An answer of gRPC is six buffers, most of them of 9 bytes (the heads of three frames, two blocks of headers, the message), and what is written goes through Netty's queue
 * and into the kernel buffer by buffer; copied into one, the answers of all calls that came together are one buffer and one write.
 *
 * <p>Nothing else changes: bytes leave in their order and when they are flushed, and a write has succeeded or failed when its bytes have. Buffers of more than {@value #PART_MAX} bytes are not copied. Holds at most
 * {@value #JOINED_MAX} bytes that Netty's queue does not count yet. One for each connection, nearest to the socket; used on its event loop.
 */
final class JoinedWrites extends ChannelOutboundHandlerAdapter {
    /** Beyond it a copy costs more than a place in the queue. */
    private static final int PART_MAX = 4 << 10;

    /** What the pool keeps for a thread; some fifty answers of 50 features. */
    private static final int JOINED_MAX = 32 << 10;

    private static final int JOINED_LEAST = 256;

    private @Nullable ByteBuf joined;
    private List<ChannelPromise> promises = new ArrayList<>();
    private int lastLength = JOINED_LEAST;

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (message instanceof ByteBuf part && part.readableBytes() <= PART_MAX) {
            join(context, part);
            promises.add(promise);
        } else {
            pass(context);
            context.write(message, promise);
        }
    }

    private void join(ChannelHandlerContext context, ByteBuf part) {
        boolean taken = false;
        try {
            target(context, part.readableBytes()).writeBytes(part);
            taken = true;
        } finally {
            part.release();
            if (!taken) {
                context.close(); // no memory: what would follow has a gap before it
            }
        }
    }

    /** With room for so many bytes. */
    private ByteBuf target(ChannelHandlerContext context, int length) {
        if (joined != null && length > joined.maxWritableBytes()) {
            pass(context); // whoever learns of a failure by it may write at once: there may be another one now
        }
        ByteBuf target = joined;
        if (target == null) {
            target = context.alloc().directBuffer(lastLength, JOINED_MAX);
            joined = target;
        }
        return target;
    }

    /** Hands over what has been joined so far. */
    private void pass(ChannelHandlerContext context) {
        ByteBuf bytes = joined;
        if (bytes == null) {
            return;
        }
        joined = null;
        lastLength = Math.max(bytes.readableBytes(), JOINED_LEAST);
        Parts parts = new Parts(promises);
        promises = new ArrayList<>(promises.size());
        context.write(bytes).addListener(parts);
    }

    @Override
    public void flush(ChannelHandlerContext context) {
        pass(context);
        context.flush();
    }

    @Override
    public void close(ChannelHandlerContext context, ChannelPromise promise) {
        pass(context);
        context.close(promise);
    }

    @Override
    public void disconnect(ChannelHandlerContext context, ChannelPromise promise) {
        pass(context);
        context.disconnect(promise);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        pass(context);
    }

    /** Those who wait for writes that were joined: they learn what became of it, in the order in which they wrote. */
    private record Parts(List<ChannelPromise> promises) implements ChannelFutureListener {
        @Override
        public void operationComplete(ChannelFuture written) {
            Throwable cause = written.cause();
            for (int i = 0; i < promises.size(); i++) {
                if (cause == null) {
                    promises.get(i).trySuccess();
                } else {
                    promises.get(i).tryFailure(cause);
                }
            }
        }
    }
}
