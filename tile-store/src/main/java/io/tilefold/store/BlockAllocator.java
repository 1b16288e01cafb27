package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.util.ArrayList;
import java.util.List;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Gives out and takes back blocks of one shard's regions; see {@link LiveRegionDescriptor}. Writer's thread only.
 *
 * <p>Free blocks of one length are chained through themselves. New regions double in length up to the largest. What is left at a region's end
 * is carved into free blocks when the next region begins.
 */
final class BlockAllocator {
    private final LiveDirectory directory;
    private final int shard;
    private final UnsafeBuffer roots;
    private final List<UnsafeBuffer> regions = new ArrayList<>();
    private final int[] freeHeads = new int[LiveRegionDescriptor.SIZE_CLASSES];
    private int carved;
    private long dataBytes;
    private long freeBytes;

    BlockAllocator(LiveDirectory directory, int shard, UnsafeBuffer roots) {
        this.directory = directory;
        this.shard = shard;
        this.roots = roots;
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
        if (freeHeads[sizeClass] == 0 && left() < blockLength) {
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
        int reference = freeHeads[sizeClass];
        if (reference == 0) {
            reference = carve(sizeClass);
        } else {
            int next = LiveRegionDescriptor.offset(reference) + LiveRecordDescriptor.NEXT_FREE_OFFSET;
            freeHeads[sizeClass] = region(reference).getInt(next, LITTLE_ENDIAN);
        }
        freeBytes -= LiveRegionDescriptor.blockLength(sizeClass);
        return reference;
    }

    /** Takes a block back. Its sequence is odd (and stays so until it is used again). */
    void free(int reference) {
        UnsafeBuffer region = region(reference);
        int offset = LiveRegionDescriptor.offset(reference);
        int length = region.getInt(offset + LiveRecordDescriptor.CAPACITY_OFFSET, LITTLE_ENDIAN);
        int sizeClass = LiveRegionDescriptor.sizeClass(length);
        region.putInt(offset + LiveRecordDescriptor.NEXT_FREE_OFFSET, freeHeads[sizeClass], LITTLE_ENDIAN);
        freeHeads[sizeClass] = reference;
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
        return reference;
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
        UnsafeBuffer region = DurableFile.createMapped(
                directory.files(), directory.region(shard, number), length, Mappings.Kind.LIVE_REGION);
        region.putLong(LiveRegionDescriptor.MAGIC_OFFSET, LiveRegionDescriptor.MAGIC, LITTLE_ENDIAN);
        region.putInt(LiveRegionDescriptor.FORMAT_OFFSET, LiveRegionDescriptor.FORMAT_VERSION, LITTLE_ENDIAN);
        region.putInt(LiveRegionDescriptor.SHARD_OFFSET, shard, LITTLE_ENDIAN);
        region.putInt(LiveRegionDescriptor.REGION_OFFSET, number, LITTLE_ENDIAN);
        carveRest();
        regions.add(region);
        carved = LiveRegionDescriptor.HEADER_LENGTH;
        dataBytes += length;
        freeBytes += length - LiveRegionDescriptor.HEADER_LENGTH;
        roots.putLongRelease(LiveRootsDescriptor.regionsOffset(shard), number + 1L);
    }

    /** Makes free blocks of what is left of the last region; its end may be a few bytes too short for any. */
    private void carveRest() {
        for (int sizeClass = LiveRegionDescriptor.SIZE_CLASSES - 1; sizeClass >= 0; sizeClass--) {
            int length = LiveRegionDescriptor.blockLength(sizeClass);
            while (left() >= length) {
                int reference = carve(sizeClass);
                freeBytes -= length; // free() adds it again
                free(reference);
            }
        }
    }
}
