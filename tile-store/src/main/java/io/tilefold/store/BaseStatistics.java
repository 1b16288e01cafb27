package io.tilefold.store;

import io.tilefold.core.tile.SegmentReader;
import io.tilefold.core.tile.SegmentStructure;
import java.nio.file.Path;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** Counts the segments of one GroupBy's current version. */
final class BaseStatistics {
    private final Distribution probes = new Distribution();
    private final Distribution recordBytes = new Distribution();
    private long keys;
    private long bytes;
    private long slots;

    private BaseStatistics() {}

    /** @return null if there is no version, or nothing of it on disk */
    static StoreStatistics.@Nullable Base of(StoreDirectory directory, int shardCount, Manifest.Entry entry) {
        Version current = entry.current();
        if (current == null) {
            return null;
        }
        BaseStatistics statistics = new BaseStatistics();
        for (int shard = 0; shard < shardCount; shard++) {
            Path file = directory.segment(entry.id(), current.number(), shard);
            UnsafeBuffer buffer = DurableFile.map(directory.files(), file, Mappings.Kind.SEGMENT);
            if (buffer != null) {
                try {
                    statistics.add(new SegmentReader(buffer, file.toString()));
                } finally {
                    Mappings.unmap(buffer);
                }
            }
        }
        return statistics.bytes == 0 ? null : statistics.result(current.number());
    }

    private void add(SegmentReader segment) {
        keys += segment.keyCount();
        bytes += segment.length();
        slots += segment.slots();
        SegmentStructure.forEachProbe(segment, probes::add);
        segment.forEachRecord(record -> recordBytes.add(record.length()));
    }

    private StoreStatistics.Base result(long version) {
        return new StoreStatistics.Base(
                version,
                keys,
                bytes,
                keys == 0 ? 0 : (double) bytes / keys,
                slots,
                (double) keys / slots,
                probes.percentiles(),
                recordBytes.percentiles());
    }
}
