package io.tilefold.serving;

import io.tilefold.proto.serving.v1.FailureCode;
import io.tilefold.store.GroupByView;
import io.tilefold.store.KeyReader;
import io.tilefold.store.LinesAhead;
import io.tilefold.store.LookAhead;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * One part's GroupBy in the stores of the host, and how the request at hand reads it in those that hold its keys: at one version. As a {@link Freshness} it is that of
 * these stores together. Reused from request to request; confined to one thread.
 */
final class PartStores implements Freshness {
    private final PartPlan part;
    private final @Nullable PartVersions[] versions;
    private final @Nullable KeyReader[] readers;
    private final PartFreshness[] freshness;
    /** Of each store the hashes that its reader looks ahead with, where several are read. */
    private final long[][] ahead;

    private final int[] aheadCounts;
    private final LinesAhead lines = new LinesAhead();
    private final long catchingUp;
    private long read;
    private long stale;
    private long missed;

    PartStores(PartPlan part, HostStores host) {
        this.part = part;
        this.versions = new PartVersions[host.places()];
        this.readers = new KeyReader[host.places()];
        this.freshness = new PartFreshness[host.places()];
        this.ahead = new long[host.places()][host.places() > 1 ? KeyReader.NEAR_KEYS_MAX : 0];
        this.aheadCounts = new int[host.places()];
        long behind = 0;
        for (long rest = host.all(); rest != 0; rest &= rest - 1) {
            int place = Long.numberOfTrailingZeros(rest);
            GroupByView view = host.view(place).groupBy(part.id());
            versions[place] = new PartVersions(part, view);
            behind |= view != null && view.isCatchingUp() ? HostStores.bit(place) : 0;
        }
        this.catchingUp = behind;
        this.read = HostStores.bit(host.first());
        choose(null);
    }

    private PartVersions versions(int place) {
        PartVersions of = versions[place];
        if (of == null) {
            throw new IllegalStateException("store " + place + " is not mapped");
        }
        return of;
    }

    /**
     * Finds how the stores that hold a request's keys are read: all at one version, the newest that each of them has, unless the request wants another.
     *
     * @param holding one at least
     */
    void choose(PartRequest request, long holding) {
        read = holding;
        stale = request.stale() | catchingUp;
        missed = request.missed();
        choose(request.bound(part));
    }

    private void choose(@Nullable VersionBound bound) {
        boolean agreeing = bound == null && (read & read - 1) != 0;
        long agreed = agreeing ? newestOfAll(read) : 0;
        for (long rest = read; rest != 0; rest &= rest - 1) {
            int place = Long.numberOfTrailingZeros(rest);
            PartVersions of = versions(place);
            PartVersions.Reading reading = agreeing ? of.at(agreed) : of.choose(bound);
            freshness[place] = reading == null ? of.current().freshness() : reading.freshness();
            readers[place] = reading == null || (missed & HostStores.bit(place)) != 0 ? null : reading.reader();
        }
    }

    /** The newest version that all these stores have that have any; where they have none in common, the oldest of their current ones. */
    private long newestOfAll(long stores) {
        PartVersions oldest = null;
        for (long rest = stores; rest != 0; rest &= rest - 1) {
            PartVersions of = versions(Long.numberOfTrailingZeros(rest));
            if (of.hasAny() && (oldest == null || of.currentVersion() < oldest.currentVersion())) {
                oldest = of;
            }
        }
        if (oldest == null) {
            return 0;
        }
        long current = oldest.currentVersion();
        return haveAll(stores, current) || !haveAll(stores, oldest.formerVersion()) ? current : oldest.formerVersion();
    }

    private boolean haveAll(long stores, long version) {
        for (long rest = stores; rest != 0; rest &= rest - 1) {
            PartVersions of = versions(Long.numberOfTrailingZeros(rest));
            if (of.hasAny() && of.at(version) == null) {
                return false;
            }
        }
        return true;
    }

    /** The version that these stores are read at by a request without bounds, as a bound for others; null before the first commit. */
    @Nullable VersionBound bound(long stores) {
        for (long rest = stores; rest != 0; rest &= rest - 1) {
            if (versions(Long.numberOfTrailingZeros(rest)).hasAny()) {
                return new VersionBound(part.groupBy(), newestOfAll(stores), true);
            }
        }
        return null;
    }

    /** Reads the keys of a store; null if its rows fail: {@link #failure}. */
    @Nullable KeyReader reader(int place) {
        return readers[place];
    }

    /** Why the rows of a store that has no reader fail. */
    FailureCode failure(int place) {
        if ((missed & HostStores.bit(place)) != 0) {
            return FailureCode.FAILURE_CODE_POSITION_NOT_REACHED;
        }
        return versions(place).hasAny() ? FailureCode.FAILURE_CODE_VERSION_GONE : FailureCode.FAILURE_CODE_NO_BATCH;
    }

    /** B of the version that a store is read at. */
    long batchEndMs(int place) {
        return freshness[place].batchEndMs();
    }

    /** True if a store's live is not what its topics hold. */
    boolean isStale(int place) {
        return (stale & HostStores.bit(place)) != 0;
    }

    /**
     * Names what a step of bringing near reads of what reads of these keys will look at. A hint: what goes wrong here goes wrong there again, and is told.
     *
     * @param to behind the last of at most {@value KeyReader#NEAR_KEYS_MAX} keys, the same in all steps
     * @param reachMs how far back the reads will look
     */
    void lookAhead(LookAhead step, EncodedKeys keys, int from, int to, long reachMs, LinesAhead named) {
        if ((read & read - 1) == 0) {
            lookAhead(step, readers[Long.numberOfTrailingZeros(read)], keys.hashes(), from, to, reachMs, named);
            return;
        }
        for (long rest = read; rest != 0; rest &= rest - 1) {
            int place = Long.numberOfTrailingZeros(rest);
            if (step == LookAhead.SLOTS) {
                aheadCounts[place] = keys.hashesAt(place, from, to, ahead[place]);
            }
            lookAhead(step, readers[place], ahead[place], 0, aheadCounts[place], reachMs, named);
        }
    }

    private static void lookAhead(
            LookAhead step,
            @Nullable KeyReader reader,
            long[] hashes,
            int from,
            int to,
            long reachMs,
            LinesAhead named) {
        if (reader != null) {
            try {
                reader.lookAhead(step, hashes, from, to, reachMs, named);
            } catch (RuntimeException | InternalError damage) {
                // Told by the read.
            }
        }
    }

    /** Brings near what was named. */
    static void touch(LinesAhead named) {
        try {
            named.touch();
        } catch (InternalError damage) { // a mapped page that cannot be read
            // Told by the read.
        }
    }

    /** All steps, of these stores alone. */
    void bringNear(EncodedKeys keys, int from, int to, long reachMs) {
        lines.forget();
        lookAhead(LookAhead.SLOTS, keys, from, to, reachMs, lines);
        touch(lines);
        lookAhead(LookAhead.RECORDS, keys, from, to, reachMs, lines);
        touch(lines);
    }

    @Override
    public OptionalLong newestEventMs() {
        if ((read & read - 1) == 0) {
            return freshness[Long.numberOfTrailingZeros(read)].newestEventMs();
        }
        long oldest = Long.MAX_VALUE;
        for (long rest = read; rest != 0; rest &= rest - 1) {
            oldest = Math.min(
                    oldest,
                    freshness[Long.numberOfTrailingZeros(rest)].newestEventMs().orElse(Long.MAX_VALUE));
        }
        return oldest == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(oldest);
    }

    @Override
    public long consumerLag() {
        long most = GroupByView.UNKNOWN_LAG;
        for (long rest = read; rest != 0; rest &= rest - 1) {
            most = Math.max(most, freshness[Long.numberOfTrailingZeros(rest)].consumerLag());
        }
        return most;
    }

    @Override
    public boolean hasVersion() {
        return versioned().hasVersion();
    }

    void writeNames(WireBuffer out) {
        versioned().writeNames(out);
    }

    @Override
    public void writeVersionTo(WireBuffer out) {
        versioned().writeVersionTo(out);
    }

    /** Of the first store with values; of the first at all where none has some. */
    private PartFreshness versioned() {
        for (long rest = read; rest != 0; rest &= rest - 1) {
            int place = Long.numberOfTrailingZeros(rest);
            if (readers[place] != null && freshness[place].hasVersion()) {
                return freshness[place];
            }
        }
        return freshness[Long.numberOfTrailingZeros(read)];
    }
}
