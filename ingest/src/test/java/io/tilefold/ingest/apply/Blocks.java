package io.tilefold.ingest.apply;

import io.tilefold.store.SnapshotSink;
import io.tilefold.store.SnapshotSource;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/** A snapshot in memory, message by message. */
final class Blocks implements SnapshotSink {
    private final List<byte[]> blocks = new ArrayList<>();

    @Override
    public void write(DirectBuffer block, int offset, int length) {
        byte[] bytes = new byte[length];
        block.getBytes(offset, bytes);
        blocks.add(bytes);
    }

    /** All of it, one message behind the other. */
    byte[] bytes() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        blocks.forEach(all::writeBytes);
        return all.toByteArray();
    }

    /** A copy with one byte changed, cut off, or with one message left out. */
    Blocks damagedAt(SplittableRandom random) {
        Blocks damaged = new Blocks();
        blocks.forEach(block -> damaged.blocks.add(block.clone()));
        int at = random.nextInt(blocks.size());
        if (random.nextInt(4) == 0) {
            damaged.blocks.remove(at);
        } else {
            byte[] block = damaged.blocks.get(at);
            block[random.nextInt(block.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return damaged;
    }

    SnapshotSource source() {
        return new SnapshotSource() {
            private int next;

            @Override
            public String name() {
                return "test snapshot";
            }

            @Override
            public int read(MutableDirectBuffer into) {
                if (next == blocks.size()) {
                    return 0;
                }
                byte[] block = blocks.get(next++);
                into.putBytes(0, block);
                return block.length;
            }
        };
    }
}
