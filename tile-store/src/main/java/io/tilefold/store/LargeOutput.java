package io.tilefold.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * Writes a local file that will be mapped and read at random so that it lies in {@link LargePages}, however it is cut into writes: before the first byte of a
 * page is written, a page of zeros is. The zeros behind what was written are cut off by {@link #sync} and {@link #close}. Confined to one thread.
 */
final class LargeOutput implements StoreFiles.Output {
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
            int inPage = (int) (length % LargePages.LENGTH);
            if (inPage == 0 && laying && (length > 0 || wanted >= LargePages.LENGTH)) {
                layPage();
            }
            source.limit(Math.min(end, source.position() + LargePages.LENGTH - inPage));
            try {
                length += channel.write(source);
            } finally {
                source.limit(end);
            }
        }
        return wanted;
    }

    /** What goes wrong here goes wrong again where it matters. */
    private void layPage() {
        try {
            channel.write(LargePages.zeros(LargePages.LENGTH), length);
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
