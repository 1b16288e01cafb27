package io.tilefold.ingest.rpc;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.store.SegmentFile;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** One upload under way: a version of a GroupBy that nobody sees yet. Shared by threads. */
final class Upload {
    private final long version;
    private final DefinitionId definition;
    private final long batchEndMs;
    private final List<SegmentUpload> segments;
    private volatile long lastUsedMs;
    private boolean committing;

    Upload(
            long version,
            DefinitionId definition,
            long batchEndMs,
            int shardCount,
            IntFunction<SegmentFile> segmentFile,
            long nowMs) {
        this.version = version;
        this.definition = definition;
        this.batchEndMs = batchEndMs;
        this.lastUsedMs = nowMs;
        List<SegmentUpload> all = new ArrayList<>();
        for (int shard = 0; shard < shardCount; shard++) {
            all.add(new SegmentUpload(version, shard, segmentFile.apply(shard)));
        }
        this.segments = List.copyOf(all);
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

    /** By shard. */
    List<SegmentUpload> segments() {
        return segments;
    }

    List<Integer> missingShards() {
        List<Integer> missing = new ArrayList<>();
        for (int shard = 0; shard < segments.size(); shard++) {
            if (!segments.get(shard).isComplete()) {
                missing.add(shard);
            }
        }
        return missing;
    }

    void touch(long nowMs) {
        lastUsedMs = nowMs;
    }

    long lastUsedMs() {
        return lastUsedMs;
    }

    /** Claims the commit; false if one is under way. */
    synchronized boolean beginCommit() {
        boolean claimed = !committing;
        committing = true;
        return claimed;
    }

    synchronized void endCommit() {
        committing = false;
    }

    synchronized boolean isCommitting() {
        return committing;
    }
}
