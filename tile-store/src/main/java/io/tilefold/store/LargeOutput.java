package io.tilefold.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * Writes a local file that will be mapped and read at random, so that it lies in the page cache in pages of {@value #STEP_LENGTH} bytes: before the first byte
 * of a step is written, a step of zeros is, in one call. Linux makes one page of that where the file system allows it, and maps it as one; a read
 * at random then costs one miss, not one more for each level of the page table. Elsewhere it is a file as any other. The zeros behind what was written are
 * cut off by {@link #sync} and {@link #close}.
 */
final class LargeOutput implements StoreFiles.Output {
    static final int STEP_LENGTH = 2 << 20;

    private static final ByteBuffer ZEROS =
            ByteBuffer.allocateDirect(STEP_LENGTH).asReadOnlyBuffer();

    private final FileChannel channel;
    private long length;
    private boolean laying = true;

    /** @param channel open for writing, positioned at its end; closed with this */
    LargeOutput(Path file, FileChannel channel) throws IOException {
        this.channel = channel;
        this.length = channel.position();
        Mappings.opened(channel, file);
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        int wanted = source.remaining();
        int end = source.limit();
        while (source.hasRemaining()) {
            int inStep = (int) (length % STEP_LENGTH);
            if (inStep == 0 && laying && (length > 0 || wanted >= STEP_LENGTH)) {
                layStep();
            }
            source.limit(Math.min(end, source.position() + STEP_LENGTH - inStep));
            try {
                length += channel.write(source);
            } finally {
                source.limit(end);
            }
        }
        return wanted;
    }

    /** What goes wrong here goes wrong again where it matters. */
    private void layStep() {
        try {
            channel.write(ZEROS.duplicate(), length);
        } catch (IOException e) {
            laying = false;
        }
    }

    private void cut() throws IOException {
        if (channel.size() > length) {
            channel.truncate(length);
        }
    }

    @Override
    public void sync() throws IOException {
        cut();
        channel.force(true);
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        Mappings.closed(channel);
        try (channel) {
            if (channel.isOpen()) {
                cut();
            }
        }
    }
}
