package io.tilefold.core.tile;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.algebra.TileLayout;
import io.tilefold.core.key.KeyHash;
import io.tilefold.core.time.Hop;
import java.util.Arrays;
import java.util.function.IntConsumer;
import org.agrona.DirectBuffer;

/**
 * Looks at every record of a segment, as its checksums do not: whether it is what {@link BaseRecordDescriptor} says, whether keys ascend, and
 * whether the index finds it. For tools. Confined to one thread.
 */
public final class SegmentStructure {
    private static final Hop[] HOPS = Hop.values();

    private final SegmentReader segment;
    private final String name;
    private final BaseRecord found = new BaseRecord();
    private byte[] previousKey = new byte[0];
    private long records;

    /** @param name of the file, for messages */
    public SegmentStructure(SegmentReader segment, String name) {
        this.segment = segment;
        this.name = name;
    }

    /**
     * Checks all records.
     *
     * @param progress takes the length of each record behind it
     * @return number of records
     * @throws SegmentException naming the file and the offset of the first that is wrong
     */
    public long check(IntConsumer progress) {
        segment.forEachRecord(record -> {
            checkRecord(record);
            records++;
            progress.accept(record.length());
        });
        if (records != segment.keyCount()) {
            throw new SegmentException(
                    SegmentException.Problem.CORRUPT,
                    "segment " + name + " has " + records + " records, its footer says " + segment.keyCount());
        }
        return records;
    }

    private void checkRecord(BaseRecord record) {
        int keyLength = record.keyLength();
        if (keyLength < 0 || BaseRecordDescriptor.KEY_OFFSET + (long) keyLength > record.length()) {
            throw wrong(record, 0, "key length " + keyLength);
        }
        long tiles = BaseRecordDescriptor.suffixesOffset(keyLength);
        for (Hop hop : HOPS) {
            int count = record.suffixCount(hop);
            tiles += (long) count * BaseRecordDescriptor.SUFFIX_LENGTH;
            if (count < 0 || tiles > record.length()) {
                throw wrong(record, BaseRecordDescriptor.suffixCountOffset(hop), count + " suffixes");
            }
        }
        checkSuffixes(record, (int) tiles);
        checkTile(
                record,
                BaseRecordDescriptor.ALL_TILE_OFFSET,
                record.buffer().getInt(start(record) + BaseRecordDescriptor.ALL_TILE_OFFSET, LITTLE_ENDIAN),
                (int) tiles);
        checkKey(record, keyLength);
    }

    private void checkSuffixes(BaseRecord record, int tiles) {
        int at = BaseRecordDescriptor.suffixesOffset(record.keyLength());
        for (Hop hop : HOPS) {
            long before = Long.MIN_VALUE;
            for (int i = 0; i < record.suffixCount(hop); i++, at += BaseRecordDescriptor.SUFFIX_LENGTH) {
                int index = record.buffer().getInt(start(record) + at, LITTLE_ENDIAN);
                if (index <= before) {
                    throw wrong(record, at, hop + " suffixes do not ascend");
                }
                before = index;
                int tile = at + BaseRecordDescriptor.SUFFIX_TILE_OFFSET;
                checkTile(record, tile, record.buffer().getInt(start(record) + tile, LITTLE_ENDIAN), tiles);
            }
        }
    }

    private void checkTile(BaseRecord record, int field, int tile, int tiles) {
        if (tile < tiles || tile > record.length() - TileLayout.HEADER_LENGTH) {
            throw wrong(record, field, "tile at " + tile);
        }
        int length = record.buffer().getInt(start(record) + tile + TileLayout.LENGTH_OFFSET, LITTLE_ENDIAN);
        if (length < TileLayout.HEADER_LENGTH || length > record.length() - tile) {
            throw wrong(record, tile, "tile length " + length);
        }
    }

    private void checkKey(BaseRecord record, int keyLength) {
        DirectBuffer buffer = record.buffer();
        byte[] key = new byte[keyLength];
        buffer.getBytes(record.keyOffset(), key);
        if (records > 0 && Arrays.compareUnsigned(previousKey, key) >= 0) {
            throw wrong(record, BaseRecordDescriptor.KEY_OFFSET, "its key does not follow the one before");
        }
        previousKey = key;
        long hash = KeyHash.hash(buffer, record.keyOffset(), keyLength);
        SegmentHeader header = segment.header();
        if (KeyHash.shard(hash, header.shardCount()) != header.shard()) {
            throw wrong(record, BaseRecordDescriptor.KEY_OFFSET, "its key belongs to another shard");
        }
        if (!segment.find(buffer, record.keyOffset(), keyLength, hash, found)
                || found.keyOffset() != record.keyOffset()) {
            throw wrong(record, BaseRecordDescriptor.KEY_OFFSET, "the index does not find it");
        }
    }

    /** Calls back with the number of slots that a search for each key looks at. */
    public static void forEachProbe(SegmentReader segment, IntConsumer probes) {
        int slots = segment.slots();
        segment.forEachRecord(record -> {
            long hash = KeyHash.hash(record.buffer(), record.keyOffset(), record.keyLength());
            int slot = SegmentDescriptor.slotOf(hash, slots);
            int reference = start(record) >>> 3;
            int looked = 1;
            while (segment.recordAt(slot) != reference && looked < slots) {
                slot = (slot + 1) & (slots - 1);
                looked++;
            }
            probes.accept(looked);
        });
    }

    private static int start(BaseRecord record) {
        return record.keyOffset() - BaseRecordDescriptor.KEY_OFFSET;
    }

    private SegmentException wrong(BaseRecord record, int field, String what) {
        return new SegmentException(
                SegmentException.Problem.CORRUPT,
                "segment " + name + ", offset " + (start(record) + field) + ": record at " + start(record) + ": "
                        + what);
    }
}
