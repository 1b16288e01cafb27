package io.tilefold.core.tile;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.algebra.TileLayout;
import io.tilefold.core.key.KeyHash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Writes one segment, front to back, to a channel it does not open, sync or close; see {@link SegmentDescriptor}. Memory: 16 bytes a key for
 * the index, and one buffer. Confined to one thread.
 */
public final class SegmentWriter {
    private static final int BUFFER_LENGTH = 1 << 20;

    private final SegmentHeader header;
    private final WritableByteChannel channel;
    private final ByteBuffer chunk = ByteBuffer.allocate(BUFFER_LENGTH).order(LITTLE_ENDIAN);
    private final UnsafeBuffer chunkBuffer = new UnsafeBuffer(chunk);
    private CRC32C sectionCrc = new CRC32C();
    private long[] hashes = new long[1024];
    private int[] offsets = new int[1024];
    private int keys;
    private long written;
    private byte[] previousKey = new byte[0];

    public SegmentWriter(SegmentHeader header, WritableByteChannel channel) throws IOException {
        this.header = header;
        this.channel = channel;
        writeHeader();
    }

    /**
     * Appends a record as {@link BaseRecordBuilder} made it. Keys must come in ascending order of their unsigned bytes, each once.
     *
     * @throws IllegalArgumentException if the key does not follow the one before it or belongs to another shard
     * @throws IOException if the channel fails or the segment would reach 2 GiB (use more shards)
     */
    public void append(DirectBuffer buffer, int offset, int length) throws IOException {
        int keyLength = buffer.getInt(offset + BaseRecordDescriptor.KEY_LENGTH_OFFSET, LITTLE_ENDIAN);
        int keyOffset = offset + BaseRecordDescriptor.KEY_OFFSET;
        checkKey(buffer, keyOffset, keyLength);
        long hash = KeyHash.hash(buffer, keyOffset, keyLength);
        if (KeyHash.shard(hash, header.shardCount()) != header.shard()) {
            throw new IllegalArgumentException("a key of shard " + KeyHash.shard(hash, header.shardCount())
                    + " in a segment of shard " + header.shard() + " of " + header.shardCount());
        }
        long indexLength = (long) SegmentDescriptor.slotsFor(keys + 1L) * SegmentDescriptor.SLOT_LENGTH;
        if (written + length + indexLength + SegmentDescriptor.FOOTER_LENGTH > SegmentDescriptor.MAX_FILE_LENGTH) {
            throw new IOException("segment of shard " + header.shard() + " would reach 2 GiB after " + keys
                    + " keys: deploy with more than " + header.shardCount() + " shards");
        }
        if (keys == hashes.length) {
            hashes = Arrays.copyOf(hashes, 2 * keys);
            offsets = Arrays.copyOf(offsets, 2 * keys);
        }
        hashes[keys] = hash;
        offsets[keys++] = (int) (written >>> 3);
        write(buffer, offset, length);
    }

    /** Writes index and footer and hands everything to the channel. */
    public SegmentSummary finish() throws IOException {
        long indexOffset = written;
        flush();
        int bodyCrc = (int) sectionCrc.getValue();
        sectionCrc = new CRC32C();
        int slots = SegmentDescriptor.slotsFor(keys);
        long longestProbe = writeIndex(slots);
        flush();
        int indexCrc = (int) sectionCrc.getValue();
        long length = written + SegmentDescriptor.FOOTER_LENGTH;
        UnsafeBuffer footer = new UnsafeBuffer(new byte[SegmentDescriptor.FOOTER_LENGTH]);
        footer.putLong(SegmentDescriptor.INDEX_OFFSET_OFFSET, indexOffset, LITTLE_ENDIAN);
        footer.putInt(SegmentDescriptor.SLOTS_OFFSET, slots, LITTLE_ENDIAN);
        footer.putLong(SegmentDescriptor.KEYS_OFFSET, keys, LITTLE_ENDIAN);
        footer.putLong(SegmentDescriptor.LONGEST_PROBE_OFFSET, longestProbe, LITTLE_ENDIAN);
        footer.putInt(SegmentDescriptor.BODY_CRC_OFFSET, bodyCrc, LITTLE_ENDIAN);
        footer.putInt(SegmentDescriptor.INDEX_CRC_OFFSET, indexCrc, LITTLE_ENDIAN);
        footer.putLong(SegmentDescriptor.FILE_LENGTH_OFFSET, length, LITTLE_ENDIAN);
        footer.putInt(
                SegmentDescriptor.FOOTER_CRC_OFFSET, crc(footer, SegmentDescriptor.FOOTER_CRC_OFFSET), LITTLE_ENDIAN);
        footer.putLong(SegmentDescriptor.FOOTER_MAGIC_OFFSET, SegmentDescriptor.FOOTER_MAGIC, LITTLE_ENDIAN);
        write(footer, 0, SegmentDescriptor.FOOTER_LENGTH);
        flush();
        int front = Crc32cs.concatenated(bodyCrc, indexCrc, length - SegmentDescriptor.FOOTER_LENGTH - indexOffset);
        int whole = Crc32cs.concatenated(
                front, crc(footer, SegmentDescriptor.FOOTER_LENGTH), SegmentDescriptor.FOOTER_LENGTH);
        return new SegmentSummary(header.shard(), length, whole, keys);
    }

    private void checkKey(DirectBuffer buffer, int keyOffset, int keyLength) {
        byte[] key = new byte[keyLength];
        buffer.getBytes(keyOffset, key);
        if (keys > 0 && Arrays.compareUnsigned(previousKey, key) >= 0) {
            throw new IllegalArgumentException("key " + HexFormat.of().formatHex(key) + " does not follow "
                    + HexFormat.of().formatHex(previousKey) + ": keys ascend, each once");
        }
        previousKey = key;
    }

    private void writeHeader() throws IOException {
        UnsafeBuffer bytes = new UnsafeBuffer(new byte[SegmentDescriptor.HEADER_LENGTH]);
        bytes.putLong(0, SegmentDescriptor.HEADER_MAGIC, LITTLE_ENDIAN);
        bytes.putInt(SegmentDescriptor.FORMAT_VERSION_OFFSET, SegmentDescriptor.FORMAT_VERSION, LITTLE_ENDIAN);
        bytes.putInt(SegmentDescriptor.TILE_FORMAT_VERSION_OFFSET, TileLayout.FORMAT_VERSION, LITTLE_ENDIAN);
        bytes.putInt(SegmentDescriptor.SHARD_OFFSET, header.shard(), LITTLE_ENDIAN);
        bytes.putInt(SegmentDescriptor.SHARD_COUNT_OFFSET, header.shardCount(), LITTLE_ENDIAN);
        bytes.putLong(SegmentDescriptor.BATCH_END_OFFSET, header.batchEndMs(), LITTLE_ENDIAN);
        bytes.putLong(SegmentDescriptor.VERSION_OFFSET, header.version(), LITTLE_ENDIAN);
        bytes.putBytes(
                SegmentDescriptor.DEFINITION_ID_OFFSET,
                HexFormat.of().parseHex(header.definitionId().hex()));
        bytes.putInt(
                SegmentDescriptor.HEADER_CRC_OFFSET, crc(bytes, SegmentDescriptor.HEADER_CRC_OFFSET), LITTLE_ENDIAN);
        write(bytes, 0, SegmentDescriptor.HEADER_LENGTH);
    }

    /** Returns the longest probe in slots. */
    private long writeIndex(int slots) throws IOException {
        long[] table = new long[slots];
        long longest = 0;
        for (int i = 0; i < keys; i++) {
            int slot = SegmentDescriptor.slotOf(hashes[i], slots);
            long probe = 1;
            while (table[slot] != 0) {
                slot = (slot + 1) & (slots - 1);
                probe++;
            }
            longest = Math.max(longest, probe);
            table[slot] = ((long) offsets[i] << 32) | (SegmentDescriptor.fingerprint(hashes[i]) & 0xFFFF_FFFFL);
        }
        UnsafeBuffer slot = new UnsafeBuffer(new byte[SegmentDescriptor.SLOT_LENGTH]);
        for (long entry : table) {
            slot.putLong(0, entry, LITTLE_ENDIAN);
            write(slot, 0, SegmentDescriptor.SLOT_LENGTH);
        }
        return longest;
    }

    private void write(DirectBuffer source, int offset, int length) throws IOException {
        int done = 0;
        while (done < length) {
            if (!chunk.hasRemaining()) {
                flush();
            }
            int count = Math.min(chunk.remaining(), length - done);
            chunkBuffer.putBytes(chunk.position(), source, offset + done, count);
            chunk.position(chunk.position() + count);
            done += count;
        }
        written += length;
    }

    private void flush() throws IOException {
        chunk.flip();
        sectionCrc.update(chunk.array(), 0, chunk.limit());
        while (chunk.hasRemaining()) {
            channel.write(chunk);
        }
        chunk.clear();
    }

    private static int crc(UnsafeBuffer bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.byteArray(), 0, length);
        return (int) crc.getValue();
    }
}
