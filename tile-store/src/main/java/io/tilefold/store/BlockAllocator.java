package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Gives out and takes back blocks of one shard's regions; see {@link LiveRegionDescriptor}. Writer's thread only.
 *
 * <p>Free blocks of one length are chained through themselves. When there is none of a length and the last region is used up, a larger free
 * block is split, and only where there is none either a region is added: so there is never a new one while a free block would do. New regions
 * double in length up to the largest. What is left at a region's end is carved into free blocks when the next region begins.
 *
 * <p>Splitting keeps what readers stand on: a block's first part begins where the block did, and no reader knows of a block in its inside.
 * Joining would not: a reader that still knows the second block would take bytes of the joined one for its sequence.
 */
final class BlockAllocator {
    /** Any odd number: of a block that was never used. */
    private static final long FREE_SEQUENCE = 1;

    private final LiveDirectory directory;
    private final int shard;
    private final UnsafeBuffer roots;
    private final List<UnsafeBuffer> regions = new ArrayList<>();
    private final int[] freeHeads = new int[LiveRegionDescriptor.SIZE_CLASSES];
    private final RegionAhead ahead;
    private int carved;
    private long dataBytes;
    private long freeBytes;

    BlockAllocator(LiveDirectory directory, int shard, UnsafeBuffer roots) {
        this.directory = directory;
        this.shard = shard;
        this.roots = roots;
        this.ahead = new RegionAhead(directory.files());
    }

    UnsafeBuffer region(int reference) {
        return regions.get(LiveRegionDescriptor.region(reference));
    }

    /**
     * Takes a block of at least this many bytes; its capacity field is set, its sequence is what it was: odd, or 0 if never used.
     *
     * @throws StoreException if a region is needed and the disk is full, or the shard has all the regions it can have
     */
    int allocate(int length) {
        int sizeClass = LiveRegionDescriptor.sizeClass(length);
        int blockLength = LiveRegionDescriptor.blockLength(sizeClass);
        if (freeHeads[sizeClass] == 0 && left() < blockLength && !split(sizeClass)) {
            addRegion(blockLength);
        }
        return take(sizeClass);
    }

    /** As {@link #allocate}, but makes no region. Returns 0 if there is no such block. */
    int allocateExisting(int length) {
        int sizeClass = LiveRegionDescriptor.sizeClass(length);
        boolean exists = freeHeads[sizeClass] != 0 || left() >= LiveRegionDescriptor.blockLength(sizeClass);
        return exists ? take(sizeClass) : 0;
    }

    private int take(int sizeClass) {
        int reference = freeHeads[sizeClass] != 0 ? pop(sizeClass) : carve(sizeClass);
        freeBytes -= LiveRegionDescriptor.blockLength(sizeClass);
        return reference;
    }

    private int pop(int sizeClass) {
        int reference = freeHeads[sizeClass];
        int next = LiveRegionDescriptor.offset(reference) + LiveRecordDescriptor.NEXT_FREE_OFFSET;
        freeHeads[sizeClass] = region(reference).getInt(next, LITTLE_ENDIAN);
        return reference;
    }

    /** Makes a free block of this class, and others, of a larger one. False if there is none that splits without a rest. */
    private boolean split(int sizeClass) {
        int length = LiveRegionDescriptor.blockLength(sizeClass);
        for (int larger = sizeClass + 1; larger < LiveRegionDescriptor.SIZE_CLASSES; larger++) {
            int rest = LiveRegionDescriptor.blockLength(larger) - length;
            if (freeHeads[larger] != 0 && rest >= LiveRegionDescriptor.MIN_BLOCK_LENGTH) {
                int reference = pop(larger);
                int region = LiveRegionDescriptor.region(reference);
                int offset = LiveRegionDescriptor.offset(reference);
                freeInside(region, offset + length, rest);
                push(region, offset, sizeClass);
                return true;
            }
        }
        return false;
    }

    /** Makes free blocks of a stretch in which no reader knows of any, the largest first. Its last 64 bytes may be left over. */
    private void freeInside(int region, int offset, int length) {
        int at = offset;
        int left = length;
        for (int sizeClass = LiveRegionDescriptor.SIZE_CLASSES - 1; sizeClass >= 0; sizeClass--) {
            int blockLength = LiveRegionDescriptor.blockLength(sizeClass);
            while (left >= blockLength && left - blockLength != LiveRegionDescriptor.BLOCK_ALIGNMENT) {
                regions.get(region).putLongOpaque(at + LiveRecordDescriptor.SEQUENCE_OFFSET, FREE_SEQUENCE);
                push(region, at, sizeClass);
                at += blockLength;
                left -= blockLength;
            }
        }
    }

    private void push(int region, int offset, int sizeClass) {
        UnsafeBuffer memory = regions.get(region);
        int length = LiveRegionDescriptor.blockLength(sizeClass);
        memory.putInt(offset + LiveRecordDescriptor.CAPACITY_OFFSET, length, LITTLE_ENDIAN);
        memory.putInt(offset + LiveRecordDescriptor.NEXT_FREE_OFFSET, freeHeads[sizeClass], LITTLE_ENDIAN);
        freeHeads[sizeClass] = LiveRegionDescriptor.reference(region, offset);
    }

    /** Takes a block back. Its sequence is odd (and stays so until it is used again). */
    void free(int reference) {
        int offset = LiveRegionDescriptor.offset(reference);
        int length = region(reference).getInt(offset + LiveRecordDescriptor.CAPACITY_OFFSET, LITTLE_ENDIAN);
        push(LiveRegionDescriptor.region(reference), offset, LiveRegionDescriptor.sizeClass(length));
        freeBytes += length;
    }

    long dataBytes() {
        return dataBytes;
    }

    /** In free blocks and not yet carved. */
    long freeBytes() {
        return freeBytes;
    }

    void unmap() {
        ahead.close();
        regions.forEach(Mappings::unmap);
        regions.clear();
    }

    private int left() {
        return regions.isEmpty() ? 0 : regions.get(regions.size() - 1).capacity() - carved;
    }

    private int carve(int sizeClass) {
        int region = regions.size() - 1;
        int length = LiveRegionDescriptor.blockLength(sizeClass);
        regions.get(region).putInt(carved + LiveRecordDescriptor.CAPACITY_OFFSET, length, LITTLE_ENDIAN);
        int reference = LiveRegionDescriptor.reference(region, carved);
        carved += length;
        prepareNext(length);
        return reference;
    }

    /** From the middle of a region on, fills the next one, which is at most twice as long, four bytes for each that is carved. */
    private void prepareNext(int carvedLength) {
        int capacity = regions.get(regions.size() - 1).capacity();
        if (carved < capacity / 2 || regions.size() == LiveRegionDescriptor.MAX_REGIONS) {
            return;
        }
        int next = Math.min(2 * capacity, LiveRegionDescriptor.MAX_REGION_LENGTH);
        if (next >= RegionAhead.REGION_LENGTH_MIN) {
            if (!ahead.isBegun()) {
                ahead.begin(directory.region(shard, regions.size()), next);
            }
            ahead.advance(4 * carvedLength);
        }
    }

    private void addRegion(int blockLength) {
        int number = regions.size();
        if (number == LiveRegionDescriptor.MAX_REGIONS) {
            throw new StoreException(
                    StoreException.Code.LIMIT,
                    "shard " + shard + " in " + directory + " has all of its " + number
                            + " regions: deploy with more shards");
        }
        int next = number == 0
                ? LiveRegionDescriptor.MIN_REGION_LENGTH
                : 2 * regions.get(number - 1).capacity();
        int least = BitUtil.findNextPositivePowerOfTwo(LiveRegionDescriptor.HEADER_LENGTH + blockLength);
        int length = Math.min(Math.max(next, least), LiveRegionDescriptor.MAX_REGION_LENGTH);
        Path file = directory.region(shard, number);
        UnsafeBuffer filled = ahead.take(file, length);
        UnsafeBuffer region = filled != null
                ? filled
                : DurableFile.createMapped(directory.files(), file, length, Mappings.Kind.LIVE_REGION);
        region.putLong(LiveRegionDescriptor.MAGIC_OFFSET, LiveRegionDescriptor.MAGIC, LITTLE_ENDIAN);
        region.putInt(LiveRegionDescriptor.FORMAT_OFFSET, LiveRegionDescriptor.FORMAT_VERSION, LITTLE_ENDIAN);
        region.putInt(LiveRegionDescriptor.SHARD_OFFSET, shard, LITTLE_ENDIAN);
        region.putInt(LiveRegionDescriptor.REGION_OFFSET, number, LITTLE_ENDIAN);
        if (number > 0) {
            freeInside(number - 1, carved, left());
        }
        regions.add(region);
        carved = LiveRegionDescriptor.HEADER_LENGTH;
        dataBytes += length;
        freeBytes += length - LiveRegionDescriptor.HEADER_LENGTH;
        roots.putLongRelease(LiveRootsDescriptor.regionsOffset(shard), number + 1L);
    }
}
