package io.tilefold.store;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.tile.BaseRecord;
import io.tilefold.core.tile.SegmentReader;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** One GroupBy of a view. Shared by threads; each takes a key reader of its own. */
public final class GroupByView {
    /** Nothing feeds the GroupBy, or its topic's ends are not known. */
    public static final long UNKNOWN_LAG = -1;

    private final Manifest.Entry entry;
    private final int shardCount;
    private final @Nullable BaseView base;
    private final @Nullable LiveView live;
    private final @Nullable GroupByView former;

    /** @param former the same GroupBy as of its former version, with the same live tiles; null if there is none */
    GroupByView(
            Manifest.Entry entry,
            int shardCount,
            @Nullable BaseView base,
            @Nullable LiveView live,
            @Nullable GroupByView former) {
        this.entry = entry;
        this.shardCount = shardCount;
        this.base = base;
        this.live = live;
        this.former = former;
    }

    public DefinitionId id() {
        return entry.id();
    }

    public String name() {
        return entry.name();
    }

    /** The current version; empty before the first commit. */
    public OptionalLong version() {
        Version current = entry.current();
        return current == null ? OptionalLong.empty() : OptionalLong.of(current.number());
    }

    /** B of the version, epoch milliseconds. */
    public OptionalLong batchEndMs() {
        Version current = entry.current();
        return current == null ? OptionalLong.empty() : OptionalLong.of(current.batchEndMs());
    }

    /** True if live still lacks events that were there before the GroupBy became active. */
    public boolean isCatchingUp() {
        return entry.catchingUp();
    }

    /** Largest event time applied so far (now, not when the view was taken), epoch milliseconds. */
    public OptionalLong newestEventMs() {
        return live == null ? OptionalLong.empty() : live.newestEventMs();
    }

    /** Records of its topic that were not applied when the writer last looked at the topic's ends, or {@link #UNKNOWN_LAG}. */
    public long consumerLag() {
        return live == null ? UNKNOWN_LAG : live.consumerLag();
    }

    /**
     * The GroupBy as it is with its former version in place of the current one, as exact: live keeps every event that either needs. Null if there is no
     * former version. What several shard groups commit they commit one after the other; until all have, the former is what all have.
     */
    public @Nullable GroupByView former() {
        return former;
    }

    /** Some keys that the current version has, encoded: at most so many, from all shards, the same at each call. Empty if there is no version. */
    public List<byte[]> someKeys(int most) {
        List<SegmentReader> segments = new ArrayList<>();
        for (int shard = 0; shard < shardCount && base != null; shard++) {
            SegmentReader segment = base.segment(shard);
            if (segment != null) {
                segments.add(segment);
            }
        }
        List<byte[]> keys = new ArrayList<>();
        for (int i = 0; i < segments.size(); i++) {
            int share = (most - keys.size()) / (segments.size() - i);
            segments.get(i).forEachRecord(share, record -> keys.add(key(record)));
        }
        return keys;
    }

    private static byte[] key(BaseRecord record) {
        byte[] key = new byte[record.keyLength()];
        record.buffer().getBytes(record.keyOffset(), key);
        return key;
    }

    public KeyReader newKeyReader() {
        return new KeyReader(this);
    }

    void hold() {
        if (base != null) {
            base.hold();
        }
        if (live != null) {
            live.hold();
        }
        if (former != null && former.base != null) {
            former.base.hold();
        }
    }

    void release() {
        if (base != null) {
            base.release();
        }
        if (live != null) {
            live.release();
        }
        if (former != null && former.base != null) {
            former.base.release();
        }
    }

    int shardCount() {
        return shardCount;
    }

    /** @return null if there is no version */
    @Nullable BaseView base() {
        return base;
    }

    /** @return null if this version is neither the current nor the former one here */
    @Nullable BaseView base(Version version) {
        if (base != null && base.version().equals(version)) {
            return base;
        }
        return former == null ? null : former.base(version);
    }

    /** @return null if the GroupBy has no live tiles */
    @Nullable LiveView live() {
        return live;
    }
}
