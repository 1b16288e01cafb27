package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.io.IOException;
import java.util.zip.CRC32C;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Verifies the blocks of {@link SnapshotDescriptor} and gives the values in them. Confined to one thread; memory: one block. Every method
 * throws {@link StoreException} naming the source and the offset in it.
 */
final class SnapshotReader {
    private final SnapshotSource source;
    private final byte[] bytes = new byte[SnapshotDescriptor.BLOCK_LENGTH_MAX];
    private final UnsafeBuffer block = new UnsafeBuffer(bytes);
    private final UnsafeBuffer word = new UnsafeBuffer(new byte[Long.BYTES]);
    private final CRC32C crc = new CRC32C();
    private final CRC32C wholeCrc = new CRC32C();
    private long blockStart;
    private int blockLength;
    private int blocks;
    private long position;
    private int at;
    private int end;
    private long read;

    /** Reads the first block. */
    SnapshotReader(SnapshotSource source) {
        this.source = source;
        next(0);
    }

    /** Position in the log at which the snapshot was taken. */
    long position() {
        return position;
    }

    int getInt() {
        get(word, 0, Integer.BYTES);
        return word.getInt(0, LITTLE_ENDIAN);
    }

    long getLong() {
        get(word, 0, Long.BYTES);
        return word.getLong(0, LITTLE_ENDIAN);
    }

    byte[] getBytes(int length) {
        byte[] values = new byte[length];
        get(new UnsafeBuffer(values), 0, length);
        return values;
    }

    void get(MutableDirectBuffer target, int offset, int length) {
        for (int done = 0; done < length; ) {
            if (at == end) {
                wholeCrc.update(bytes, end, SnapshotDescriptor.CRC_LENGTH);
                next(0);
            }
            int count = Math.min(length - done, end - at);
            target.putBytes(offset + done, block, at, count);
            at += count;
            done += count;
        }
        read += length;
    }

    /** Verifies that the snapshot ends here, and as a whole. */
    void end() {
        if (at != end) {
            throw corrupt(at, "more than its content");
        }
        wholeCrc.update(bytes, end, SnapshotDescriptor.CRC_LENGTH);
        next(SnapshotDescriptor.FLAG_LAST);
        long payloads = block.getLong(at, LITTLE_ENDIAN);
        int whole = block.getInt(at + Long.BYTES, LITTLE_ENDIAN);
        if (end - at != SnapshotDescriptor.END_LENGTH
                || payloads != read
                || whole != (int) wholeCrc.getValue()
                || block.getLong(at + Long.BYTES + Integer.BYTES, LITTLE_ENDIAN) != SnapshotDescriptor.END_MAGIC) {
            throw corrupt(at, "its length or its checksum as a whole is another one");
        }
        blockStart += blockLength;
        if (read() != 0) {
            throw corrupt(0, "more than its last block");
        }
    }

    private void next(int flags) {
        blockStart += blockLength;
        blockLength = read();
        if (blockLength < SnapshotDescriptor.blockLength(0)) {
            throw corrupt(blockLength, "cut off in block " + blocks);
        }
        if (getLong(SnapshotDescriptor.MAGIC_OFFSET) != SnapshotDescriptor.MAGIC) {
            throw corrupt(0, "no block begins here");
        }
        int payloadLength = getInt(SnapshotDescriptor.PAYLOAD_LENGTH_OFFSET);
        if (blockLength != SnapshotDescriptor.blockLength(payloadLength)) {
            throw corrupt(
                    SnapshotDescriptor.PAYLOAD_LENGTH_OFFSET,
                    "a block of " + blockLength + " bytes says that " + payloadLength + " are its payload");
        }
        end = SnapshotDescriptor.HEAD_LENGTH + payloadLength;
        crc.reset();
        crc.update(bytes, 0, end);
        if (getInt(end) != (int) crc.getValue()) {
            throw corrupt(
                    0, String.format("the block's checksum is %08x, written was %08x", crc.getValue(), getInt(end)));
        }
        checkHead(flags);
        blocks++;
        at = SnapshotDescriptor.HEAD_LENGTH;
    }

    private void checkHead(int flags) {
        DurableFormat.checkVersion(
                source.name(),
                SnapshotDescriptor.FORMAT_OFFSET,
                "snapshot",
                getInt(SnapshotDescriptor.FORMAT_OFFSET),
                SnapshotDescriptor.FORMAT_VERSION,
                SnapshotDescriptor.FORMAT_VERSION);
        long blockPosition = getLong(SnapshotDescriptor.POSITION_OFFSET);
        if (blocks == 0) {
            position = blockPosition;
        }
        if (getInt(SnapshotDescriptor.NUMBER_OFFSET) != blocks || blockPosition != position) {
            throw corrupt(
                    SnapshotDescriptor.NUMBER_OFFSET,
                    "block " + getInt(SnapshotDescriptor.NUMBER_OFFSET) + " of position " + blockPosition
                            + "; expected is " + blocks + " of " + position);
        }
        if (getInt(SnapshotDescriptor.FLAGS_OFFSET) != flags) {
            throw corrupt(SnapshotDescriptor.FLAGS_OFFSET, "it ends in another place than its content");
        }
    }

    private int read() {
        try {
            return source.read(block);
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Code.IO,
                    "cannot read snapshot " + source.name() + " at " + blockStart + ": " + e,
                    e);
        }
    }

    private int getInt(int offset) {
        return block.getInt(offset, LITTLE_ENDIAN);
    }

    private long getLong(int offset) {
        return block.getLong(offset, LITTLE_ENDIAN);
    }

    /** What was read last makes no sense. */
    StoreException corrupt(String what) {
        return corrupt(at, what);
    }

    private StoreException corrupt(int offset, String what) {
        return new StoreException(
                StoreException.Code.CORRUPT,
                source.name() + ", offset " + (blockStart + offset) + ": not a sound snapshot: " + what);
    }
}
