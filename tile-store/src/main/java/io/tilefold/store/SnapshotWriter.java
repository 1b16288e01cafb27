package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.io.IOException;
import java.util.zip.CRC32C;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Cuts a stream of values into the blocks of {@link SnapshotDescriptor}. Confined to one thread; memory: one block. */
final class SnapshotWriter {
    private final SnapshotSink sink;
    private final long position;
    private final byte[] bytes = new byte[SnapshotDescriptor.BLOCK_LENGTH_MAX];
    private final UnsafeBuffer block = new UnsafeBuffer(bytes);
    private final UnsafeBuffer word = new UnsafeBuffer(new byte[Long.BYTES]);
    private final UnsafeBuffer crcWord = new UnsafeBuffer(new byte[Integer.BYTES]);
    private final CRC32C blockCrc = new CRC32C();
    private final CRC32C wholeCrc = new CRC32C();
    private int payloadLength;
    private int blocks;
    private long written;

    SnapshotWriter(SnapshotSink sink, long position) {
        this.sink = sink;
        this.position = position;
    }

    SnapshotWriter putInt(int value) throws IOException {
        word.putInt(0, value, LITTLE_ENDIAN);
        return put(word, 0, Integer.BYTES);
    }

    SnapshotWriter putLong(long value) throws IOException {
        word.putLong(0, value, LITTLE_ENDIAN);
        return put(word, 0, Long.BYTES);
    }

    SnapshotWriter put(byte[] values) throws IOException {
        return put(new UnsafeBuffer(values), 0, values.length);
    }

    SnapshotWriter put(DirectBuffer source, int offset, int length) throws IOException {
        for (int done = 0; done < length; ) {
            if (payloadLength == SnapshotDescriptor.PAYLOAD_LENGTH_MAX) {
                flush(0);
            }
            int count = Math.min(length - done, SnapshotDescriptor.PAYLOAD_LENGTH_MAX - payloadLength);
            block.putBytes(SnapshotDescriptor.HEAD_LENGTH + payloadLength, source, offset + done, count);
            payloadLength += count;
            done += count;
        }
        written += length;
        return this;
    }

    void end() throws IOException {
        flush(0);
        long payloads = written;
        int crc = (int) wholeCrc.getValue();
        putLong(payloads).putInt(crc).putLong(SnapshotDescriptor.END_MAGIC);
        flush(SnapshotDescriptor.FLAG_LAST);
    }

    private void flush(int flags) throws IOException {
        block.putLong(SnapshotDescriptor.MAGIC_OFFSET, SnapshotDescriptor.MAGIC, LITTLE_ENDIAN);
        block.putInt(SnapshotDescriptor.FORMAT_OFFSET, SnapshotDescriptor.FORMAT_VERSION, LITTLE_ENDIAN);
        block.putInt(SnapshotDescriptor.NUMBER_OFFSET, blocks++, LITTLE_ENDIAN);
        block.putLong(SnapshotDescriptor.POSITION_OFFSET, position, LITTLE_ENDIAN);
        block.putInt(SnapshotDescriptor.PAYLOAD_LENGTH_OFFSET, payloadLength, LITTLE_ENDIAN);
        block.putInt(SnapshotDescriptor.FLAGS_OFFSET, flags, LITTLE_ENDIAN);
        int crcOffset = SnapshotDescriptor.HEAD_LENGTH + payloadLength;
        blockCrc.reset();
        blockCrc.update(bytes, 0, crcOffset);
        crcWord.putInt(0, (int) blockCrc.getValue(), LITTLE_ENDIAN);
        block.putBytes(crcOffset, crcWord, 0, Integer.BYTES);
        wholeCrc.update(bytes, crcOffset, Integer.BYTES);
        sink.write(block, 0, SnapshotDescriptor.blockLength(payloadLength));
        payloadLength = 0;
    }
}
