package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.algebra.CorruptStateException;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.key.KeyHash;
import io.tilefold.core.key.ShardSet;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.time.Hop;
import io.tilefold.core.value.FlatRow;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The writer's side of one active GroupBy: its versions, and its live tiles if it is TEMPORAL. Confined to the writer's thread; the counters
 * may be read by any.
 */
public final class GroupByStore {
    /** In place of a time: a row has none, and counts in all of history alone. */
    public static final long NO_TIME = Long.MIN_VALUE;

    /**
     * Index slots swept for what has expired at each event. A key has had an event, and an index rarely has more than eight slots for a key: so
     * even a sweep driven by events alone ends before half as many have come as there are keys.
     */
    static final int SLOTS_SWEPT_PER_EVENT = 16;

    private final ActiveGroupBy groupBy;
    private final long activation;
    private final ShardSet owned;
    private final int shardCount;
    private final LiveDirectory live;
    private final @Nullable UnsafeBuffer roots;
    private final @Nullable LiveShard[] shards;
    private final TileUpdate update;
    private final @Nullable MutationSteps steps;
    private final MutationKey mutationKey = new MutationKey();
    private final AtomicLong eventsApplied = new AtomicLong();
    private final AtomicLong eventsLate = new AtomicLong();
    private final AtomicLong eventsRefused = new AtomicLong();
    private final AtomicLong eventsOverLimit = new AtomicLong();
    private final AtomicLong newestEventMs = new AtomicLong(LiveRootsDescriptor.NO_EVENT);
    private volatile @Nullable Version current;
    private volatile @Nullable Version former;
    private long keptFromMs = Long.MIN_VALUE;
    private boolean catchingUp;
    private int sweptShard;
    private int shardsToSweep;

    /** @param live directory of its own for the live files; made here if the GroupBy has any */
    GroupByStore(ActiveGroupBy groupBy, long activation, ShardSet owned, LiveDirectory live) {
        this.groupBy = groupBy;
        this.activation = activation;
        this.owned = owned;
        this.shardCount = owned.shardCount();
        this.live = live;
        this.shards = new LiveShard[shardCount];
        this.update = new TileUpdate(groupBy.plan());
        this.steps = groupBy.plan().isMutable() ? new MutationSteps(groupBy.plan()) : null;
        this.roots = groupBy.plan().accuracy() == Accuracy.TEMPORAL ? createRoots() : null;
    }

    private UnsafeBuffer createRoots() {
        DurableFile.createDirectories(live.files(), live.path());
        UnsafeBuffer created = DurableFile.createMapped(
                live.files(), live.roots(), LiveRootsDescriptor.length(shardCount), Mappings.Kind.LIVE_ROOTS);
        created.putInt(LiveRootsDescriptor.FORMAT_OFFSET, LiveRootsDescriptor.FORMAT_VERSION, LITTLE_ENDIAN);
        created.putInt(LiveRootsDescriptor.SHARD_COUNT_OFFSET, shardCount, LITTLE_ENDIAN);
        created.putLong(LiveRootsDescriptor.NEWEST_OFFSET, LiveRootsDescriptor.NO_EVENT);
        created.putInt(LiveRootsDescriptor.MUTATIONS_OFFSET, plan().isMutable() ? 1 : 0, LITTLE_ENDIAN);
        created.putLongRelease(LiveRootsDescriptor.MAGIC_OFFSET, LiveRootsDescriptor.MAGIC);
        return created;
    }

    /** {@link #apply(DirectBuffer, int, int, long, FlatRow, long)} of a key whose hash nobody has worked out yet. */
    public ApplyResult apply(DirectBuffer key, int keyOffset, int keyLength, FlatRow row, long timeMs) {
        return apply(key, keyOffset, keyLength, KeyHash.hash(key, keyOffset, keyLength), row, timeMs);
    }

    /**
     * Applies one event to its key's live tiles. Deterministic: what comes of it depends on the calls before it alone.
     *
     * @param hash {@link KeyHash} of the key
     * @param row columns are those of {@link GroupByPlan#row()}
     * @param timeMs event time, epoch milliseconds
     * @throws IllegalArgumentException if the row has another number of columns
     * @throws IllegalStateException if the GroupBy is SNAPSHOT: it has no live tiles; or if it is of mutations
     * @throws StoreException if the store must grow and cannot (disk full, shard limits): the event is then not applied
     */
    public ApplyResult apply(DirectBuffer key, int keyOffset, int keyLength, long hash, FlatRow row, long timeMs) {
        if (steps != null) {
            throw new IllegalStateException("GroupBy " + name() + " is of entities: it takes mutations, not events");
        }
        UnsafeBuffer liveRoots = roots();
        check(row);
        sweep(SLOTS_SWEPT_PER_EVENT);
        if (timeMs < keptFromMs) {
            add(eventsLate);
            return ApplyResult.LATE;
        }
        if (!MutationSteps.isInRange(timeMs)) {
            return ApplyResult.TIME_OUT_OF_RANGE;
        }
        LiveShard shard = shard(liveRoots, KeyHash.shard(hash, shardCount));
        ApplyResult result = shard.apply(key, keyOffset, keyLength, hash, row, timeMs);
        count(result, update.overflowed(), timeMs, liveRoots);
        return result;
    }

    /**
     * Applies one mutation to a key: takes the row before it back and adds the one after it, which readers see together. Counts as one event. What the states hold when
     * a row is taken back that was added here, lies in the base, or comes later, is the algebra's matter. Otherwise as {@link #apply}.
     *
     * @param before row to take back; null: there was none, or it is another key's
     * @param beforeTimeMs the row's own time, or {@link #NO_TIME}; the past and times to come are as good as any. What no tile can have is no time
     * @param after row to add; null: there is none any more, or it is another key's
     * @param mutationMs when the table changed, epoch milliseconds: by it the mutation is late
     * @throws IllegalStateException if the GroupBy is not TEMPORAL, or not of mutations
     */
    public ApplyResult mutate(
            DirectBuffer key,
            int keyOffset,
            int keyLength,
            long hash,
            @Nullable FlatRow before,
            long beforeTimeMs,
            @Nullable FlatRow after,
            long afterTimeMs,
            long mutationMs) {
        MutationSteps mutation = steps().of(before, beforeTimeMs, after, afterTimeMs, mutationMs);
        if (before != null) {
            check(before);
        }
        if (after != null) {
            check(after);
        }
        ApplyResult refusal = refusal(mutationMs);
        if (refusal != null) {
            return refusal;
        }
        UnsafeBuffer liveRoots = roots();
        ApplyResult result = ApplyResult.APPLIED;
        if (LiveRecordDescriptor.directoryOffset(keyLength + MutationKey.DAY_LENGTH)
                > LiveRecordDescriptor.MAX_LENGTH) {
            result = ApplyResult.KEY_FULL; // a key of 32 MiB
        } else if (!mutation.isEmpty()) {
            mutationKey.of(key, keyOffset, keyLength, hash).on(MutationKey.dayOf(mutationMs));
            result = shard(liveRoots, KeyHash.shard(hash, shardCount)).mutate(mutationKey, mutation);
        }
        count(result, mutation.overflowed(), mutationMs, liveRoots);
        return result;
    }

    /**
     * Notes that a mutation of a key came without the row before it: reads answer {@link ReadResult#KEY_STALE} until a version's batch end is behind the mutation's day.
     * Otherwise as {@link #mutate}.
     */
    public ApplyResult missBefore(DirectBuffer key, int keyOffset, int keyLength, long hash, long mutationMs) {
        MutationSteps mutation = steps().of(null, NO_TIME, null, NO_TIME, mutationMs);
        ApplyResult refusal = refusal(mutationMs);
        if (refusal != null) {
            return refusal;
        }
        mutationKey.of(key, keyOffset, keyLength, hash).on(MutationKey.dayOf(mutationMs));
        shard(roots(), KeyHash.shard(hash, shardCount)).missBefore(mutationKey, mutation.sinceDayMs());
        count(ApplyResult.APPLIED, false, mutationMs, roots());
        return ApplyResult.APPLIED;
    }

    private UnsafeBuffer roots() {
        if (roots == null) {
            throw new IllegalStateException("GroupBy " + name() + " is SNAPSHOT: it takes no events");
        }
        return roots;
    }

    private MutationSteps steps() {
        roots();
        if (steps == null) {
            throw new IllegalStateException("GroupBy " + name() + " is of events, which are never taken back");
        }
        return steps;
    }

    private void check(FlatRow row) {
        if (row.columns() != plan().row().size()) {
            throw new IllegalArgumentException("GroupBy " + name() + ": a row of " + row.columns()
                    + " columns, its plan has " + plan().row().size());
        }
    }

    /** Why a mutation of this time is not taken; null: it is. */
    private @Nullable ApplyResult refusal(long mutationMs) {
        sweep(SLOTS_SWEPT_PER_EVENT);
        if (mutationMs < keptFromMs) {
            add(eventsLate);
            return ApplyResult.LATE;
        }
        return MutationSteps.isInRange(mutationMs) ? null : ApplyResult.TIME_OUT_OF_RANGE;
    }

    private void count(ApplyResult result, boolean overflowed, long timeMs, UnsafeBuffer liveRoots) {
        if (result != ApplyResult.APPLIED) {
            add(eventsRefused);
            return;
        }
        add(eventsApplied);
        if (overflowed) {
            add(eventsOverLimit);
        }
        if (timeMs > newestEventMs.getPlain()) {
            newestEventMs.setOpaque(timeMs);
            liveRoots.putLongRelease(LiveRootsDescriptor.NEWEST_OFFSET, timeMs);
        }
    }

    /** The shard of events of keys with this hash; null: it holds none yet, or is of mutations, whose keys have other hashes. */
    @Nullable LiveShard shardOf(long hash) {
        return steps != null ? null : shards[KeyHash.shard(hash, shardCount)];
    }

    private LiveShard shard(UnsafeBuffer liveRoots, int number) {
        LiveShard shard = shards[number];
        if (shard == null) {
            shard = new LiveShard(live, number, liveRoots, update);
            shard.expireBefore(keptFromMs);
            shards[number] = shard;
        }
        return shard;
    }

    /** One writer: no need for an atomic addition. */
    private static void add(AtomicLong counter) {
        counter.setOpaque(counter.getPlain() + 1);
    }

    /**
     * Makes a version current, and the current one former. Returns the version that is neither any more.
     *
     * @throws IllegalArgumentException if live does not hold every event from its batch end on, or its number is in use with another one
     */
    @Nullable Version commit(Version version) {
        Version before = current;
        Version dropped = former;
        if (version.equals(before)) {
            return null;
        }
        check(version, before);
        check(version, dropped);
        former = before;
        current = version;
        keepFrom(before == null ? version.batchEndMs() : Math.min(before.batchEndMs(), version.batchEndMs()));
        return version.equals(dropped) ? null : dropped;
    }

    private void check(Version version, @Nullable Version known) {
        if (known != null && known.number() == version.number() && !known.equals(version)) {
            throw new IllegalArgumentException("version " + version.number() + " of GroupBy " + name()
                    + " with batch end " + version.batchEndMs() + " ms: it has been committed with "
                    + known.batchEndMs() + " ms");
        }
        if (version.batchEndMs() < keptFromMs) {
            throw new IllegalArgumentException("version " + version.number() + " of GroupBy " + name()
                    + " with batch end " + version.batchEndMs() + " ms: live keeps events from " + keptFromMs
                    + " ms on, so those between would be missing: upload with a later end");
        }
    }

    /**
     * Makes the former version current again and forgets the current one. Returns the latter.
     *
     * @throws IllegalStateException if there is no former version
     */
    Version rollback() {
        Version back = former;
        Version forgotten = current;
        if (back == null || forgotten == null) {
            throw new IllegalStateException("GroupBy " + name() + " has no former version to go back to"
                    + (forgotten == null ? "" : " from version " + forgotten.number()));
        }
        current = back;
        former = null;
        keepFrom(back.batchEndMs());
        return forgotten;
    }

    /** Events from this day's beginning on are taken and kept; what lies before goes with the sweep that begins here. Never goes back. */
    private void keepFrom(long dayMs) {
        if (dayMs == keptFromMs) {
            return;
        }
        keptFromMs = dayMs;
        shardsToSweep = shardCount;
        for (LiveShard shard : shards) {
            if (shard != null) {
                shard.expireBefore(dayMs);
            }
        }
    }

    /** Sweeps the next slots of the live indexes for what has expired; nothing once all have been seen since the last commit. */
    void sweep(int slots) {
        int left = slots;
        while (shardsToSweep > 0) {
            LiveShard shard = shards[sweptShard];
            left = shard == null ? left : shard.sweep(left);
            if (left == 0) {
                return;
            }
            sweptShard = (sweptShard + 1) % shardCount;
            shardsToSweep--;
        }
    }

    /** Writes versions, counters and live records, none of it relative to where they lie. */
    void writeTo(SnapshotWriter out) throws IOException {
        new GroupByState(
                        id(),
                        name(),
                        roots != null,
                        current,
                        former,
                        keptFromMs,
                        newestEventMs.getPlain(),
                        eventsApplied.getPlain(),
                        eventsLate.getPlain(),
                        eventsRefused.getPlain())
                .writeTo(out);
        for (int shard = 0; roots != null && shard < shardCount; shard++) {
            LiveShard records = shards[shard];
            if (records == null) {
                out.putInt(0);
            } else {
                records.writeTo(out);
            }
        }
    }

    /**
     * Becomes what was written; this store is new.
     *
     * @throws StoreException naming the source and the offset, if it cannot be
     */
    void restore(GroupByState state, SnapshotReader in) {
        if (state.hasLive() != (roots != null) || !state.name().equals(name())) {
            throw in.corrupt("GroupBy " + state.name() + " is another one in its catalog: " + name());
        }
        current = state.current();
        former = state.former();
        keptFromMs = state.keptFromMs();
        eventsApplied.setOpaque(state.eventsApplied());
        eventsLate.setOpaque(state.eventsLate());
        eventsRefused.setOpaque(state.eventsRefused());
        newestEventMs.setOpaque(state.newestEventMs());
        if (roots == null) {
            return;
        }
        roots.putLongRelease(LiveRootsDescriptor.NEWEST_OFFSET, state.newestEventMs());
        for (int number = 0; number < shardCount; number++) {
            int from = number;
            LiveShardSnapshot.read(in, number, shardCount, (image, hash) -> {
                if (!owned.contains(from)) {
                    throw in.corrupt("a record of shard " + from + "; this store owns " + owned);
                }
                checkTiles(image, in);
                shard(roots, from).restore(image, hash);
            });
        }
    }

    /** Accumulators have written the tiles of a record. */
    private void checkTiles(LiveRecord image, SnapshotReader in) {
        for (Hop hop : LiveRecord.HOPS) {
            for (int place = 0; place < image.count(hop); place++) {
                int entry = image.entry(hop, place);
                int tile = image.tile(entry);
                if (image.tileCapacity(entry) > 0) {
                    try {
                        plan().tiles().verify(image.buffer(), tile, image.tileCapacity(entry));
                    } catch (CorruptStateException e) {
                        throw in.corrupt("a record's tile at " + tile + ": " + e.getMessage());
                    }
                }
            }
        }
    }

    /** Says whether live lacks events that were there before; returns true if that is news. */
    boolean catchingUp(boolean now) {
        boolean news = now != catchingUp;
        catchingUp = now;
        return news;
    }

    Manifest.Entry manifestEntry() {
        return new Manifest.Entry(id(), name(), roots != null, catchingUp, activation, current, former);
    }

    GroupByStats stats() {
        long keys = 0;
        long indexBytes = 0;
        long dataBytes = 0;
        long freeBytes = 0;
        long recordsMoved = 0;
        long bytesRewritten = 0;
        for (LiveShard shard : shards) {
            if (shard != null) {
                keys += shard.keys();
                indexBytes += shard.indexBytes();
                dataBytes += shard.blocks().dataBytes();
                freeBytes += shard.blocks().freeBytes();
                recordsMoved += shard.recordsMoved();
                bytesRewritten += shard.bytesRewritten();
            }
        }
        return new GroupByStats(
                id(), name(), keys, indexBytes, dataBytes, freeBytes, recordsMoved, bytesRewritten, eventsRefused());
    }

    /** Unmaps the live files; their directory, which the caller removes when no published state refers to it. */
    Path close() {
        for (int i = 0; i < shards.length; i++) {
            LiveShard shard = shards[i];
            if (shard != null) {
                shard.unmap();
                shards[i] = null;
            }
        }
        if (roots != null) {
            Mappings.unmap(roots);
        }
        return live.path();
    }

    public DefinitionId id() {
        return groupBy.id();
    }

    public String name() {
        return groupBy.name();
    }

    public GroupByPlan plan() {
        return groupBy.plan();
    }

    public long eventsApplied() {
        return eventsApplied.getOpaque();
    }

    public long eventsLate() {
        return eventsLate.getOpaque();
    }

    /** Events answered {@link ApplyResult#KEY_FULL}. */
    public long eventsRefused() {
        return eventsRefused.getOpaque();
    }

    /**
     * Events applied that took some state of a live tile beyond its bound, since this store was opened: windows over it have no value from then on,
     * {@code FAILED(STATE_LIMIT)}.
     */
    public long eventsOverLimit() {
        return eventsOverLimit.getOpaque();
    }

    /** Largest event time applied, epoch milliseconds. */
    public OptionalLong newestEventMs() {
        long newest = newestEventMs.getOpaque();
        return newest == LiveRootsDescriptor.NO_EVENT ? OptionalLong.empty() : OptionalLong.of(newest);
    }

    /**
     * Tells readers how far behind its topic the GroupBy is: at once, whatever is published. No part of the state. Belongs to the writer's thread.
     *
     * @param records {@link GroupByView#UNKNOWN_LAG} if that is not known
     */
    public void consumerLag(long records) {
        if (roots != null) {
            roots.putLongRelease(LiveRootsDescriptor.LAG_OFFSET, records + 1);
        }
    }

    /** What {@link #consumerLag(long)} told last. Belongs to the writer's thread. */
    public long consumerLag() {
        return roots == null ? GroupByView.UNKNOWN_LAG : roots.getLong(LiveRootsDescriptor.LAG_OFFSET) - 1;
    }

    /** The current version, committed but not necessarily published. */
    public OptionalLong version() {
        Version version = current;
        return version == null ? OptionalLong.empty() : OptionalLong.of(version.number());
    }

    /** The version that {@link TileStore#rollback} goes back to; empty if it cannot. */
    public OptionalLong formerVersion() {
        Version version = former;
        return version == null ? OptionalLong.empty() : OptionalLong.of(version.number());
    }

    /** B of the current version, epoch milliseconds. */
    public OptionalLong batchEndMs() {
        Version version = current;
        return version == null ? OptionalLong.empty() : OptionalLong.of(version.batchEndMs());
    }
}
