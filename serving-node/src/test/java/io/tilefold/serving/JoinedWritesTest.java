package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What is written is what leaves, in fewer buffers; and who wrote learns what became of it. */
class JoinedWritesTest {
    private static final int LARGEST_JOINED = 4 << 10;
    private static final int MOST_JOINED = 32 << 10;

    @Test
    void whatIsWrittenBetweenFlushesIsOneBuffer() {
        EmbeddedChannel channel = new EmbeddedChannel(new JoinedWrites());
        List<ChannelFuture> writes = new ArrayList<>();
        List<Integer> ended = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            int number = i;
            ChannelFuture write = channel.write(bytes(i, 9));
            write.addListener(done -> ended.add(number));
            writes.add(write);
        }
        assertThat(channel.outboundMessages()).isEmpty();
        assertThat(writes).noneMatch(ChannelFuture::isDone);
        channel.flush();
        assertThat(channel.outboundMessages()).hasSize(1);
        assertThat(writes).allMatch(ChannelFuture::isSuccess);
        assertThat(ended).containsExactly(0, 1, 2, 3, 4, 5);
        ByteBuf joined = channel.readOutbound();
        for (int i = 0; i < 6; i++) {
            assertThat(joined.readSlice(9)).isEqualTo(bytes(i, 9));
        }
        assertThat(joined.isReadable()).isFalse();
        joined.release();
        channel.finishAndReleaseAll();
    }

    @Test
    void bytesLeaveInTheirOrderWhateverTheirLengths() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        EmbeddedChannel channel = new EmbeddedChannel(new JoinedWrites());
        ByteBuf expected = Unpooled.buffer();
        List<ByteBuf> parts = new ArrayList<>();
        List<ChannelFuture> writes = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            int length = random.nextInt(20) == 0
                    ? random.nextInt(3 * LARGEST_JOINED)
                    : random.nextInt(random.nextBoolean() ? 10 : LARGEST_JOINED + 2);
            ByteBuf part = bytes(i, length);
            expected.writeBytes(part, 0, length);
            parts.add(part);
            writes.add(channel.write(part));
            if (random.nextInt(30) == 0) {
                channel.flush();
            }
        }
        channel.flush();
        ByteBuf left = Unpooled.buffer();
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            assertThat(out.readableBytes()).as("seed %d", seed).isLessThanOrEqualTo(MOST_JOINED);
            left.writeBytes(out);
            out.release();
        }
        assertThat(left.equals(expected)).as("seed %d", seed).isTrue();
        assertThat(writes).as("seed %d", seed).allMatch(ChannelFuture::isSuccess);
        assertThat(parts).as("seed %d", seed).allMatch(part -> part.refCnt() == 0);
        channel.finishAndReleaseAll();
    }

    @Test
    void aLargeBufferIsNotCopied() {
        EmbeddedChannel channel = new EmbeddedChannel(new JoinedWrites());
        ByteBuf head = bytes(1, 9);
        ByteBuf large = bytes(2, LARGEST_JOINED + 1);
        channel.write(head);
        channel.write(large);
        channel.flush();
        ByteBuf first = channel.readOutbound();
        assertThat(first).isEqualTo(bytes(1, 9));
        assertThat(channel.<ByteBuf>readOutbound()).isSameAs(large);
        first.release();
        large.release();
        channel.finishAndReleaseAll();
    }

    @Test
    void allWhoWroteLearnThatAWriteFailed() {
        IOException gone = new IOException("connection reset");
        EmbeddedChannel channel = new EmbeddedChannel(new Broken(gone), new JoinedWrites());
        List<ByteBuf> parts = List.of(bytes(1, 9), bytes(2, 9), bytes(3, 9));
        List<ChannelFuture> writes = parts.stream().map(channel::write).toList();
        channel.flush();
        assertThat(writes).allMatch(write -> write.cause() == gone);
        assertThat(parts).allMatch(part -> part.refCnt() == 0);
        channel.finishAndReleaseAll();
    }

    /** As grpc may, which resets a stream then. */
    @Test
    void whoLearnsOfAFailureMayWriteAtOnce() {
        UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(true);
        EmbeddedChannel channel = new EmbeddedChannel(new Broken(new IOException("gone")), new JoinedWrites());
        channel.config().setAllocator(memory);
        List<ChannelFuture> writes = new ArrayList<>();
        channel.write(bytes(1, LARGEST_JOINED)).addListener(failed -> writes.add(channel.write(bytes(2, 9))));
        for (int i = 0; i <= MOST_JOINED / LARGEST_JOINED; i++) { // one more than there is room for
            writes.add(channel.write(bytes(i, LARGEST_JOINED)));
        }
        channel.flush();
        assertThat(writes).hasSize(MOST_JOINED / LARGEST_JOINED + 2).allMatch(write -> write.cause() != null);
        assertThat(memory.metric().usedDirectMemory()).isZero();
        channel.finishAndReleaseAll();
    }

    @Test
    void whatWasNotFlushedFailsWhenTheConnectionIsClosed() {
        EmbeddedChannel channel = new EmbeddedChannel(new JoinedWrites());
        ByteBuf part = bytes(1, 9);
        ChannelFuture write = channel.write(part);
        channel.close();
        assertThat(write.isDone()).isTrue();
        assertThat(write.isSuccess()).isFalse();
        assertThat(part.refCnt()).isZero();
        assertThat(channel.outboundMessages()).isEmpty();
    }

    @Test
    void aConnectionWithoutMemoryIsClosed() {
        EmbeddedChannel channel = new EmbeddedChannel(new JoinedWrites());
        channel.config().setAllocator(new Exhausted());
        ByteBuf part = bytes(1, 9);
        ChannelFuture write = channel.write(part);
        assertThat(write.cause()).hasMessage("no direct memory");
        assertThat(part.refCnt()).isZero();
        assertThat(channel.isOpen()).isFalse(); // what followed would have a gap before it
    }

    private static ByteBuf bytes(int seed, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (31 * seed + i);
        }
        return Unpooled.buffer().writeBytes(bytes);
    }

    /** A connection whose every write fails. */
    private static final class Broken extends ChannelOutboundHandlerAdapter {
        private final IOException cause;

        Broken(IOException cause) {
            this.cause = cause;
        }

        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            ReferenceCountUtil.release(message);
            promise.setFailure(cause);
        }
    }

    /** Memory that has run out. */
    private static final class Exhausted extends AbstractByteBufAllocator {
        @Override
        protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
            return ByteBufAllocator.DEFAULT.heapBuffer(initialCapacity, maxCapacity);
        }

        @Override
        protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
            throw new IllegalStateException("no direct memory");
        }

        @Override
        public boolean isDirectBufferPooled() {
            return true;
        }
    }
}
