package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** Counts the live tiles of one GroupBy. */
final class LiveStatistics {
    private final Distribution probes = new Distribution();
    private final Distribution recordBytes = new Distribution();
    private final long[] inUse = new long[LiveRegionDescriptor.SIZE_CLASSES];
    private final long[] carved = new long[LiveRegionDescriptor.SIZE_CLASSES];
    private final long[] waste = new long[LiveRegionDescriptor.SIZE_CLASSES];
    private long keys;
    private long slots;
    private long removed;
    private long indexBytes;
    private long regionBytes;
    private long usedBytes;
    private long busy;

    private LiveStatistics() {}

    /** @return null if the files are gone: another generation holds */
    static StoreStatistics.@Nullable Live of(LiveDirectory live, int shardCount) {
        LiveView view = LiveView.open(live, shardCount);
        if (view == null) {
            return null;
        }
        try {
            LiveStatistics statistics = new LiveStatistics();
            for (int shard = 0; shard < shardCount; shard++) {
                ShardCount count = new ShardCount();
                if (!new LiveScan(view.shard(shard)).run(count)) {
                    return null;
                }
                statistics.add(count);
                statistics.addRegions(view, shard);
            }
            return statistics.result();
        } finally {
            view.unmap();
        }
    }

    /** What a scan of one shard found, until it is known to be whole. */
    private static final class ShardCount implements LiveScan.Visitor {
        private final List<int[]> records = new ArrayList<>();
        private LiveShardView.@Nullable Table index;
        private long removed;
        private long busy;

        @Override
        public void begin(LiveShardView.Table found) {
            index = found;
            records.clear();
            removed = 0;
            busy = 0;
        }

        @Override
        public void record(int slot, long entry, int probes, UnsafeBuffer copy, int capacity) {
            LiveRecord record = new LiveRecord().wrap(copy, 0);
            int used = capacity - record.gap() - record.holes();
            records.add(new int[] {probes, capacity, used});
        }

        @Override
        public void removed(int slot) {
            removed++;
        }

        @Override
        public void busy(int slot) {
            busy++;
        }

        @Override
        public void wrong(int slot, long entry, String what) {
            busy++;
        }
    }

    private void add(ShardCount count) {
        LiveShardView.Table index = count.index;
        if (index == null) {
            return;
        }
        slots += index.slots();
        indexBytes += index.buffer().capacity();
        keys += count.records.size() + count.busy;
        removed += count.removed;
        busy += count.busy;
        for (int[] record : count.records) {
            int sizeClass = LiveRegionDescriptor.sizeClass(record[1]);
            probes.add(record[0]);
            recordBytes.add(record[2]);
            inUse[sizeClass]++;
            waste[sizeClass] += record[1] - record[2];
            usedBytes += record[2];
        }
    }

    /** Counts blocks in use or free: each region is a row of blocks up to where none has been carved. */
    private void addRegions(LiveView view, int shard) {
        long regions = view.regions(shard);
        for (int number = 0; number < regions; number++) {
            UnsafeBuffer region = view.shard(shard).region(number);
            if (region == null) {
                return;
            }
            regionBytes += region.capacity();
            int at = LiveRegionDescriptor.HEADER_LENGTH;
            while (at <= region.capacity() - LiveRegionDescriptor.MIN_BLOCK_LENGTH) {
                int length = region.getInt(at + LiveRecordDescriptor.CAPACITY_OFFSET, LITTLE_ENDIAN);
                if (length < LiveRegionDescriptor.MIN_BLOCK_LENGTH || length > region.capacity() - at) {
                    break;
                }
                carved[LiveRegionDescriptor.sizeClass(length)]++;
                at += length;
            }
        }
    }

    private StoreStatistics.Live result() {
        List<StoreStatistics.SizeClass> blocks = new ArrayList<>();
        for (int i = 0; i < carved.length; i++) {
            if (carved[i] > 0 || inUse[i] > 0) {
                blocks.add(new StoreStatistics.SizeClass(
                        LiveRegionDescriptor.blockLength(i), inUse[i], Math.max(0, carved[i] - inUse[i]), waste[i]));
            }
        }
        return new StoreStatistics.Live(
                keys,
                slots,
                slots == 0 ? 0 : (double) keys / slots,
                removed,
                indexBytes,
                regionBytes,
                usedBytes,
                keys == 0 ? 0 : (double) (indexBytes + regionBytes) / keys,
                probes.percentiles(),
                recordBytes.percentiles(),
                blocks,
                busy);
    }
}
