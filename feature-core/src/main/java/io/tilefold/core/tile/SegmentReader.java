package io.tilefold.core.tile;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.algebra.TileLayout;
import io.tilefold.core.definition.DefinitionId;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Reads a segment in memory (mapped, as a rule); see {@link SegmentDescriptor}. Immutable after construction; shared by threads. */
public final class SegmentReader {
    private final DirectBuffer buffer;
    private final String name;
    private final SegmentHeader header;
    private final int indexOffset;
    private final int slots;
    private final int footer;

    /**
     * Checks header, footer and lengths (not the checksums of the contents: {@link #verify}).
     *
     * @param name of the file, for messages
     * @throws SegmentException naming the file and the offset
     */
    public SegmentReader(DirectBuffer buffer, String name) {
        this.buffer = buffer;
        this.name = name;
        int length = buffer.capacity();
        int least = SegmentDescriptor.HEADER_LENGTH + SegmentDescriptor.FOOTER_LENGTH;
        if (length < least) {
            throw corrupt(0, "only " + length + " bytes long, a segment has at least " + least);
        }
        header = readHeader();
        footer = length - SegmentDescriptor.FOOTER_LENGTH;
        if (getLong(footer + SegmentDescriptor.FOOTER_MAGIC_OFFSET) != SegmentDescriptor.FOOTER_MAGIC) {
            throw corrupt(footer, "no footer: the file is truncated or was never finished");
        }
        checkCrc(footer, SegmentDescriptor.FOOTER_CRC_OFFSET, footer + SegmentDescriptor.FOOTER_CRC_OFFSET, "footer");
        if (getInt(footer + SegmentDescriptor.FOOTER_RESERVED_OFFSET) != 0) {
            throw corrupt(footer + SegmentDescriptor.FOOTER_RESERVED_OFFSET, "the reserved field is not 0");
        }
        if (getLong(footer + SegmentDescriptor.FILE_LENGTH_OFFSET) != length) {
            throw corrupt(
                    footer,
                    "file length " + length + ", footer says "
                            + getLong(footer + SegmentDescriptor.FILE_LENGTH_OFFSET));
        }
        long offset = getLong(footer + SegmentDescriptor.INDEX_OFFSET_OFFSET);
        slots = getInt(footer + SegmentDescriptor.SLOTS_OFFSET);
        if (offset < SegmentDescriptor.HEADER_LENGTH
                || Integer.bitCount(slots) != 1
                || offset + (long) slots * SegmentDescriptor.SLOT_LENGTH != footer) {
            throw corrupt(footer, "index at " + offset + " with " + slots + " slots does not end at the footer");
        }
        indexOffset = (int) offset;
    }

    public SegmentHeader header() {
        return header;
    }

    public long keyCount() {
        return getLong(footer + SegmentDescriptor.KEYS_OFFSET);
    }

    public int slots() {
        return slots;
    }

    public long longestProbe() {
        return getLong(footer + SegmentDescriptor.LONGEST_PROBE_OFFSET);
    }

    public int length() {
        return buffer.capacity();
    }

    /**
     * Verifies every byte against the checksums, reading it once.
     *
     * @return CRC-32C of the whole file
     * @throws SegmentException naming the file and the section
     */
    public int verify() {
        int body = checkCrc(0, indexOffset, footer + SegmentDescriptor.BODY_CRC_OFFSET, "records");
        int index = checkCrc(indexOffset, footer - indexOffset, footer + SegmentDescriptor.INDEX_CRC_OFFSET, "index");
        int front = Crc32cs.concatenated(body, index, footer - indexOffset);
        return Crc32cs.concatenated(
                front, crc(footer, SegmentDescriptor.FOOTER_LENGTH), SegmentDescriptor.FOOTER_LENGTH);
    }

    /**
     * Finds a key.
     *
     * @param hash {@link io.tilefold.core.key.KeyHash} of the key
     * @return true if it is there; {@code record} then is its record
     * @throws SegmentException naming the file, if its index is damaged so that no search in it ends
     */
    public boolean find(DirectBuffer key, int keyOffset, int keyLength, long hash, BaseRecord record) {
        int fingerprint = SegmentDescriptor.fingerprint(hash);
        int slot = SegmentDescriptor.slotOf(hash, slots);
        for (int left = slots; left > 0; left--) {
            long entry = getLong(indexOffset + slot * SegmentDescriptor.SLOT_LENGTH);
            if (entry == 0) {
                return false;
            }
            if ((int) entry == fingerprint) {
                int offset = (int) (entry >>> 32) << 3;
                if (keyEquals(offset, key, keyOffset, keyLength)) {
                    record.wrap(buffer, offset);
                    return true;
                }
            }
            slot = (slot + 1) & (slots - 1);
        }
        throw corrupt(indexOffset, "none of the index's " + slots + " slots is empty");
    }

    /** What is read: for looking ahead. */
    public DirectBuffer buffer() {
        return buffer;
    }

    /** Offset of the index slot with which the search for a key with this hash begins. */
    public int firstSlot(long hash) {
        return indexOffset + SegmentDescriptor.slotOf(hash, slots) * SegmentDescriptor.SLOT_LENGTH;
    }

    /** Offset of the record at which {@link #find} would look first for a key with this hash; 0: there is none. Reads the index alone. */
    public int candidate(long hash) {
        int fingerprint = SegmentDescriptor.fingerprint(hash);
        int slot = SegmentDescriptor.slotOf(hash, slots);
        for (int left = slots; left > 0; left--) {
            long entry = getLong(indexOffset + slot * SegmentDescriptor.SLOT_LENGTH);
            if (entry == 0 || (int) entry == fingerprint) {
                return (int) (entry >>> 32) << 3;
            }
            slot = (slot + 1) & (slots - 1);
        }
        return 0;
    }

    /** Offset / 8 of the record that a slot refers to; 0: none. */
    int recordAt(int slot) {
        return getInt(indexOffset + slot * SegmentDescriptor.SLOT_LENGTH + Integer.BYTES);
    }

    private boolean keyEquals(int record, DirectBuffer key, int keyOffset, int keyLength) {
        if (getInt(record + BaseRecordDescriptor.KEY_LENGTH_OFFSET) != keyLength) {
            return false;
        }
        int at = record + BaseRecordDescriptor.KEY_OFFSET;
        int i = 0;
        for (; i + Long.BYTES <= keyLength; i += Long.BYTES) {
            if (getLong(at + i) != key.getLong(keyOffset + i, LITTLE_ENDIAN)) {
                return false;
            }
        }
        for (; i < keyLength; i++) {
            if (buffer.getByte(at + i) != key.getByte(keyOffset + i)) {
                return false;
            }
        }
        return true;
    }

    /** Calls the visitor with each record in file order, for tools. */
    public void forEachRecord(java.util.function.Consumer<BaseRecord> visitor) {
        forEachRecord(Long.MAX_VALUE, visitor);
    }

    /** Calls the visitor with the first so many records in file order. */
    public void forEachRecord(long most, java.util.function.Consumer<BaseRecord> visitor) {
        BaseRecord record = new BaseRecord();
        int at = SegmentDescriptor.HEADER_LENGTH;
        for (long left = most; left > 0 && at < indexOffset; left--) {
            record.wrap(buffer, at);
            int length = record.length();
            if (length <= 0 || length > indexOffset - at) {
                throw corrupt(at, "record length " + length);
            }
            visitor.accept(record);
            at += length;
        }
    }

    private SegmentHeader readHeader() {
        if (getLong(0) != SegmentDescriptor.HEADER_MAGIC) {
            throw corrupt(0, "not a segment: wrong magic");
        }
        checkCrc(0, SegmentDescriptor.HEADER_CRC_OFFSET, SegmentDescriptor.HEADER_CRC_OFFSET, "header");
        checkFormat(SegmentDescriptor.FORMAT_VERSION_OFFSET, "format", SegmentDescriptor.FORMAT_VERSION);
        checkFormat(SegmentDescriptor.TILE_FORMAT_VERSION_OFFSET, "tile format", TileLayout.FORMAT_VERSION);
        byte[] id = new byte[SegmentDescriptor.DEFINITION_ID_LENGTH];
        buffer.getBytes(SegmentDescriptor.DEFINITION_ID_OFFSET, id);
        return new SegmentHeader(
                new DefinitionId(HexFormat.of().formatHex(id)),
                getLong(SegmentDescriptor.VERSION_OFFSET),
                getInt(SegmentDescriptor.SHARD_OFFSET),
                getInt(SegmentDescriptor.SHARD_COUNT_OFFSET),
                getLong(SegmentDescriptor.BATCH_END_OFFSET));
    }

    private void checkFormat(int offset, String what, int known) {
        int found = getInt(offset);
        if (found != known) {
            boolean old = found < known;
            throw new SegmentException(
                    old ? SegmentException.Problem.TOO_OLD : SegmentException.Problem.TOO_NEW,
                    "segment " + name + ", offset " + offset + ": " + what + " " + found + " is too "
                            + (old ? "old" : "new") + "; this build reads " + known + ": "
                            + (old ? "upload the version again" : "upgrade it"));
        }
    }

    /** Returns the checksum. */
    private int checkCrc(int offset, int length, int crcOffset, String section) {
        int crc = crc(offset, length);
        if (crc != getInt(crcOffset)) {
            throw corrupt(
                    offset,
                    String.format("checksum of the %s is %08x, written was %08x", section, crc, getInt(crcOffset)));
        }
        return crc;
    }

    private int crc(int offset, int length) {
        CRC32C crc = new CRC32C();
        ByteBuffer bytes = buffer.byteBuffer();
        if (bytes != null) {
            ByteBuffer part = bytes.duplicate();
            int start = buffer.wrapAdjustment() + offset;
            part.limit(start + length).position(start);
            crc.update(part);
        } else {
            crc.update(buffer.byteArray(), buffer.wrapAdjustment() + offset, length);
        }
        return (int) crc.getValue();
    }

    private SegmentException corrupt(int offset, String what) {
        return new SegmentException(
                SegmentException.Problem.CORRUPT, "segment " + name + ", offset " + offset + ": " + what);
    }

    private int getInt(int offset) {
        return buffer.getInt(offset, LITTLE_ENDIAN);
    }

    private long getLong(int offset) {
        return buffer.getLong(offset, LITTLE_ENDIAN);
    }

    /** For tests: a segment from bytes on the heap. */
    static SegmentReader ofBytes(byte[] bytes, String name) {
        return new SegmentReader(new UnsafeBuffer(bytes), name);
    }
}
