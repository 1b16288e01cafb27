package io.tilefold.store;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A reader's mappings of one GroupBy's live files in one shard, made when first needed. Shared by threads. A file that is gone (its generation
 * was replaced before this view ever mapped it) reads as absent.
 */
final class LiveShardView {
    private final LiveDirectory directory;
    private final int shard;
    private final UnsafeBuffer roots;
    private volatile @Nullable UnsafeBuffer[] regions = new UnsafeBuffer[0];
    private volatile @Nullable Table table;
    private final List<Table> former = new ArrayList<>();

    /** One index file. */
    record Table(long number, UnsafeBuffer buffer, int slots) {}

    LiveShardView(LiveDirectory directory, int shard, UnsafeBuffer roots) {
        this.directory = directory;
        this.shard = shard;
        this.roots = roots;
    }

    /** Number of the index file that holds now; 0: no key yet. */
    long indexNumber() {
        return roots.getLongAcquire(LiveRootsDescriptor.indexNumberOffset(shard));
    }

    /** Names the lines that one step of a read of a key with this hash will look at, just now; whatever lies there by then. */
    void name(LookAhead step, long hash, LinesAhead lines) {
        long number = indexNumber();
        Table index = number == 0 ? null : index(number);
        if (index == null) {
            return;
        }
        if (step == LookAhead.SLOTS) {
            int slot = LiveIndexDescriptor.firstSlot(hash, index.slots);
            lines.addWord(index.buffer, LiveIndexDescriptor.slotOffset(slot));
            return;
        }
        int reference = candidate(index, hash);
        UnsafeBuffer region = reference == 0 ? null : region(LiveRegionDescriptor.region(reference));
        if (region != null) {
            lines.add(step, region, LiveRegionDescriptor.offset(reference));
        }
    }

    /** Reference of the record at which a search for a key with this hash would look first; 0: there is none. */
    private static int candidate(Table index, long hash) {
        int slot = LiveIndexDescriptor.firstSlot(hash, index.slots);
        for (int looked = 0; looked < index.slots; looked++) {
            long entry = index.buffer.getLongOpaque(LiveIndexDescriptor.slotOffset(slot));
            if (entry == LiveIndexDescriptor.EMPTY || LiveIndexDescriptor.isOf(entry, hash)) {
                return LiveIndexDescriptor.reference(entry);
            }
            slot = LiveIndexDescriptor.nextSlot(slot, index.slots);
        }
        return 0;
    }

    /** @return null if there is no such file any more */
    @Nullable Table index(long number) {
        Table known = table;
        return known != null && known.number == number ? known : mapIndex(number);
    }

    /** @return null if there is no such file */
    @Nullable UnsafeBuffer region(int region) {
        @Nullable UnsafeBuffer[] mapped = regions;
        UnsafeBuffer known = region < mapped.length ? mapped[region] : null;
        return known != null ? known : mapRegion(region);
    }

    private synchronized @Nullable Table mapIndex(long number) {
        Table known = table;
        if (known != null && known.number >= number) {
            return known.number == number ? known : null;
        }
        Path file = directory.index(shard, number);
        UnsafeBuffer buffer = DurableFile.map(directory.files(), file, Mappings.Kind.LIVE_INDEX);
        if (buffer == null) {
            return null;
        }
        LiveHeader.checkIndex(buffer, file, shard, number);
        Table mapped = new Table(number, buffer, LiveIndexDescriptor.slots(buffer.capacity()));
        if (known != null) {
            former.add(known); // a thread may be in it
        }
        table = mapped;
        return mapped;
    }

    private synchronized @Nullable UnsafeBuffer mapRegion(int region) {
        @Nullable UnsafeBuffer[] mapped = regions;
        UnsafeBuffer known = region < mapped.length ? mapped[region] : null;
        if (known != null) {
            return known;
        }
        Path file = directory.region(shard, region);
        UnsafeBuffer buffer = DurableFile.map(directory.files(), file, Mappings.Kind.LIVE_REGION);
        if (buffer == null) {
            return null;
        }
        LiveHeader.checkRegion(buffer, file, shard, region);
        mapped = Arrays.copyOf(mapped, Math.max(mapped.length, region + 1));
        mapped[region] = buffer;
        regions = mapped; // an array once published does not change
        return buffer;
    }

    synchronized void unmap() {
        for (UnsafeBuffer region : regions) {
            if (region != null) {
                Mappings.unmap(region);
            }
        }
        former.forEach(one -> Mappings.unmap(one.buffer));
        former.clear();
        Table known = table;
        if (known != null) {
            Mappings.unmap(known.buffer);
        }
    }
}
