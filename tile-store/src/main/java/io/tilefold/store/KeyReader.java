package io.tilefold.store;

import io.tilefold.core.key.KeyHash;
import io.tilefold.core.plan.LiveTiles;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.core.tile.BaseRecord;
import io.tilefold.core.tile.SegmentReader;
import io.tilefold.core.time.Hop;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the keys of one GroupBy of one view. Confined to one thread; reused without allocation once grown.
 *
 * <p>Takes no lock. Where the writer changes the very record being read it tries again: {@value #SPINS} times at once, then
 * {@value #PARKS} times after {@value #PARK_NS} ns, which outlasts a writer that lost its core to someone else; then the answer is {@link
 * ReadResult#CONFLICT}.
 */
public final class KeyReader {
    /** Keys of a step of {@link #lookAhead}. */
    public static final int NEAR_KEYS_MAX = KeysAhead.KEYS_MAX;

    private static final int SPINS = 256;
    private static final int PARKS = 400;
    private static final long PARK_NS = 20_000;

    private final GroupByView view;
    private final int shardCount;
    private final boolean hasVersion;
    private final long batchEndMs;
    private final long liveFromMs;
    private final @Nullable BaseView baseView;
    private final @Nullable LiveView liveView;
    private final LiveReader reader = new LiveReader();
    private final @Nullable MutationReader mutations;
    private final BaseRecord base = new BaseRecord();
    private final KeysAhead ahead;
    private final LinesAhead lines = new LinesAhead();
    private LiveTiles live = LiveTiles.NONE;

    /** The read has folded already: live tiles before the batch end are in no window, so whether {@link #live} has them or not. */
    private boolean folded;

    KeyReader(GroupByView view) {
        this.view = view;
        this.shardCount = view.shardCount();
        this.hasVersion = view.version().isPresent();
        this.batchEndMs = view.batchEndMs().orElse(0);
        this.liveFromMs = view.batchEndMs().orElse(Long.MIN_VALUE);
        this.baseView = view.base();
        this.liveView = view.live();
        this.mutations = liveView != null && liveView.isOfMutations() ? new MutationReader() : null;
        this.ahead = new KeysAhead(baseView, mutations == null ? liveView : null, shardCount);
    }

    /**
     * Brings near what reads of some keys will look at, so that their ways from memory overlap. A hint alone: worth it before the read of one key, and far more
     * before those of many, also of other GroupBys; for a few dozen keys at a time, so that they are still near when they are read.
     *
     * @param hashes {@link KeyHash} of each key, from one index to before another
     */
    public void bringNear(long[] hashes, int from, int to) {
        ahead.bringNear(hashes, from, to, LookAhead.RECORDS, lines);
    }

    /**
     * As {@link #bringNear}, of each record only its first line, in which its key begins: for reads that look at little more than whether
     * a key is there. The lines behind it would be fetched for nothing.
     */
    public void bringHeadsNear(long[] hashes, int from, int to) {
        ahead.bringNear(hashes, from, to, LookAhead.HEADS, lines);
    }

    /**
     * One step of {@link #bringNear}, so that several GroupBys can go through each step together: names what it reads, for {@link LinesAhead#touch} to
     * bring near. The same keys in all steps.
     *
     * @param to behind the last of at most {@value #NEAR_KEYS_MAX} keys; more are left out
     * @param reachMs {@link WindowFold#reachMs} of the fold that will read them; {@link Long#MIN_VALUE} if that is not known
     */
    public void lookAhead(LookAhead step, long[] hashes, int from, int to, long reachMs, LinesAhead named) {
        ahead.name(step, hashes, from, Math.min(from + NEAR_KEYS_MAX, to), reachMs < liveFromMs, named);
    }

    /**
     * Reads a key and folds its windows at {@code q}: the way to serve. Looks only at the tiles that the windows at {@code q} need, so a key with
     * weeks of tiles costs what its windows cost; and for its base record only where a window reaches behind the batch end, or to know whether there is such a key at all.
     * On {@code FOUND}, {@code KEY_STALE} and {@code KEY_FULL} {@code fold.emit} gives the values, until the next read.
     *
     * @param hash {@link KeyHash} of the key
     * @param q not before the view's batch end
     * @param fold of the GroupBy's plan
     * @throws IllegalStateException if the GroupBy has no version
     */
    public ReadResult fold(DirectBuffer key, int offset, int length, long hash, long q, WindowFold fold) {
        if (!hasVersion) {
            throw new IllegalStateException("GroupBy " + view.name() + " has no version yet");
        }
        ReadResult result = read(key, offset, length, hash, fold, q);
        if (result.hasValues() && !folded) {
            fold.fold(q, batchEndMs, base, live);
        }
        return result;
    }

    /** Reads a key with all of its live tiles, however many: for tools and tests; serving uses {@link #fold}. */
    public ReadResult read(DirectBuffer key, int offset, int length, long hash) {
        return read(key, offset, length, hash, null, Long.MAX_VALUE);
    }

    /** As {@link #read(DirectBuffer, int, int, long)}, of mutations only those of days that have begun at {@code q}. */
    public ReadResult read(DirectBuffer key, int offset, int length, long hash, long q) {
        return read(key, offset, length, hash, null, q);
    }

    /** The base record last read, empty if there is none; valid until the next read. */
    public BaseRecord base() {
        return base;
    }

    /**
     * A consistent private copy of the live tiles last read. Valid until the next read.
     *
     * @throws IllegalStateException after a {@link #fold} that left them where they are, where they change
     */
    public LiveTiles live() {
        if (folded) {
            throw new IllegalStateException("the tiles of a fold are not kept: read the key to see them");
        }
        return live;
    }

    /** True if what {@link #fold} took at {@code q} may hold rows at or after {@code q}: see {@link LiveTiles#holdsFrom}. */
    public boolean holdsFrom(long q) {
        if (live.holdsFrom(q)) {
            return true;
        }
        if (mutations == null) {
            return false;
        }
        int ahead = base.firstAhead(Hop.FIVE_MINUTES.floor(q));
        return base.isAhead(ahead, q) && base.aheadNewestMs(ahead) >= q;
    }

    private ReadResult read(DirectBuffer key, int offset, int length, long hash, @Nullable WindowFold fold, long q) {
        base.wrapEmpty();
        live = LiveTiles.NONE;
        folded = false;
        int shard = KeyHash.shard(hash, shardCount);
        LiveShardView liveShard = liveView == null ? null : liveView.shard(shard);
        SegmentReader segment = baseView == null ? null : baseView.segment(shard);
        if (baseView != null && segment == null) {
            return ReadResult.BASE_MISSING;
        }
        boolean reaches = fold == null || fold.reachMs(q) < batchEndMs;
        boolean baseFound = reaches && isFound(segment, key, offset, length, hash);
        LiveReader.Outcome outcome = tryLive(liveShard, key, offset, length, hash, fold, q);
        for (int tries = 0; outcome == LiveReader.Outcome.TORN; tries++) {
            if (!backOff(tries)) {
                return ReadResult.CONFLICT;
            }
            outcome = tryLive(liveShard, key, offset, length, hash, fold, q);
        }
        if (outcome == LiveReader.Outcome.GONE) {
            return ReadResult.CONFLICT;
        }
        if (outcome == LiveReader.Outcome.FOUND && mutations != null) {
            live = mutations;
            return mutations.isRefused()
                    ? ReadResult.KEY_FULL
                    : mutations.isBeforeMissing() ? ReadResult.KEY_STALE : ReadResult.FOUND;
        }
        if (outcome == LiveReader.Outcome.FOUND) {
            if (reader.tiles().isRefusedFrom(liveFromMs)) {
                live = reader.tiles();
                return ReadResult.KEY_FULL;
            }
            if (!reader.tiles().isEmptyFrom(liveFromMs)) {
                live = reader.tiles();
                return ReadResult.FOUND;
            }
        }
        return baseFound || !reaches && isFound(segment, key, offset, length, hash)
                ? ReadResult.FOUND
                : ReadResult.NOT_FOUND;
    }

    /** Finds the base record, if there is a base. */
    private boolean isFound(@Nullable SegmentReader segment, DirectBuffer key, int offset, int length, long hash) {
        return segment != null && segment.find(key, offset, length, hash, base);
    }

    /** One try: finds the record, and folds it where it lies, or copies it and, if it is large, those tiles that the fold will ask for. */
    private LiveReader.Outcome tryLive(
            @Nullable LiveShardView shard,
            DirectBuffer key,
            int offset,
            int length,
            long hash,
            @Nullable WindowFold fold,
            long q) {
        if (shard == null) {
            return LiveReader.Outcome.NOT_FOUND;
        }
        if (mutations != null) {
            return tryMutations(mutations, shard, key, offset, length, hash, fold, q);
        }
        if (fold != null && fold.tornLength() > 0) {
            return tryInPlace(shard, key, offset, length, hash, fold, q);
        }
        LiveReader.Outcome outcome = reader.locate(shard, key, offset, length, hash, fold == null);
        LiveRecordTiles copy = reader.tiles();
        if (outcome != LiveReader.Outcome.FOUND || fold == null || !copy.isSparse()) {
            return outcome;
        }
        copy.startGathering();
        fold.fold(q, batchEndMs, base, copy);
        return copy.endGathering() && reader.isUnchanged(shard) ? outcome : LiveReader.Outcome.TORN;
    }

    /** Folds where the tiles lie. */
    private LiveReader.Outcome tryInPlace(
            LiveShardView shard, DirectBuffer key, int offset, int length, long hash, WindowFold fold, long q) {
        folded = false;
        LiveReader.Outcome outcome = reader.locateInPlace(shard, key, offset, length, hash, fold.tornLength());
        if (outcome != LiveReader.Outcome.FOUND) {
            return outcome;
        }
        fold.fold(q, batchEndMs, base, reader.tiles());
        folded = true;
        return reader.tiles().endInPlace(q) && reader.isUnchanged(shard) ? outcome : LiveReader.Outcome.TORN;
    }

    /** The same of mutations, from the batch end's day to that of {@code q}. */
    private LiveReader.Outcome tryMutations(
            MutationReader days,
            LiveShardView shard,
            DirectBuffer key,
            int offset,
            int length,
            long hash,
            @Nullable WindowFold fold,
            long q) {
        OptionalLong newestMs = view.newestEventMs();
        if (!hasVersion || newestMs.isEmpty()) {
            return LiveReader.Outcome.NOT_FOUND;
        }
        int first = MutationKey.dayOf(batchEndMs);
        int last = MutationKey.dayOf(Math.min(newestMs.getAsLong(), q));
        LiveReader.Outcome outcome = days.locate(shard, key, offset, length, hash, first, last, fold == null);
        if (outcome == LiveReader.Outcome.TORN || outcome == LiveReader.Outcome.GONE) {
            return outcome;
        }
        boolean sound = days.gather(q, batchEndMs, base, fold) && days.isUnchanged(shard, first, last);
        return sound ? outcome : LiveReader.Outcome.TORN;
    }

    private static boolean backOff(int tries) {
        if (tries < SPINS) {
            Thread.onSpinWait();
        } else if (tries < SPINS + PARKS) {
            LockSupport.parkNanos(PARK_NS);
        } else {
            return false;
        }
        return true;
    }
}
