package io.tilefold.ingest.rpc;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.key.ShardSet;
import io.tilefold.core.tile.SegmentSummary;
import io.tilefold.store.SegmentFile;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** One upload under way: a version of a GroupBy, in the shards of this group, that nobody sees yet. Shared by threads. */
final class Upload {
    private final long version;
    private final DefinitionId definition;
    private final long batchEndMs;
    private final SortedMap<Integer, SegmentUpload> segments;
    private volatile long lastUsedMs;
    private boolean busy;
    private @Nullable List<SegmentSummary> prepared;

    Upload(
            long version,
            DefinitionId definition,
            long batchEndMs,
            ShardSet shards,
            IntFunction<SegmentFile> segmentFile,
            long nowMs) {
        this.version = version;
        this.definition = definition;
        this.batchEndMs = batchEndMs;
        this.lastUsedMs = nowMs;
        SortedMap<Integer, SegmentUpload> all = new TreeMap<>();
        shards.stream().forEach(shard -> all.put(shard, new SegmentUpload(version, shard, segmentFile.apply(shard))));
        this.segments = Collections.unmodifiableSortedMap(all);
    }

    long version() {
        return version;
    }

    DefinitionId definition() {
        return definition;
    }

    long batchEndMs() {
        return batchEndMs;
    }

    /** By shard, ascending. */
    SortedMap<Integer, SegmentUpload> segments() {
        return segments;
    }

    /** The segment of a shard; null if this group does not own it. */
    @Nullable SegmentUpload segment(int shard) {
        return segments.get(shard);
    }

    Collection<Integer> missingShards() {
        return segments.entrySet().stream()
                .filter(one -> !one.getValue().isComplete())
                .map(one -> one.getKey())
                .toList();
    }

    void touch(long nowMs) {
        lastUsedMs = nowMs;
    }

    long lastUsedMs() {
        return lastUsedMs;
    }

    /** Claims the upload to be prepared or committed; false if that is being done. */
    synchronized boolean claim() {
        boolean claimed = !busy;
        busy = true;
        return claimed;
    }

    synchronized void release() {
        busy = false;
    }

    /** It is being prepared or committed. */
    synchronized boolean isClaimed() {
        return busy;
    }

    /** What a majority of the members have verified, by shard; null before that. */
    synchronized @Nullable List<SegmentSummary> prepared() {
        return prepared;
    }

    synchronized void prepared(List<SegmentSummary> verified) {
        prepared = verified;
    }
}
