package io.tilefold.store;

import io.tilefold.core.algebra.TileBuffer;
import io.tilefold.core.plan.LiveTiles;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.core.tile.BaseRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Looks up what mutations did to one key since the batch end, day by day, and is the sum of these days' tiles. A read costs as many lookups as days have begun since the
 * batch end, one or two when batches are in time. Confined to one thread; reused.
 */
final class MutationReader implements LiveTiles {
    private final MutationKey key = new MutationKey();
    private final LiveReader again = new LiveReader();
    private final List<LiveReader> readers = new ArrayList<>();
    private int[] days = new int[2];
    private int found;

    /** One try: copies the key's records of some days, as they are at one moment. Tiles of large ones are those that the fold will ask for. */
    LiveReader.Outcome locate(
            LiveShardView shard,
            DirectBuffer keyBuffer,
            int offset,
            int length,
            long hash,
            int firstDay,
            int lastDay,
            boolean whole) {
        key.of(keyBuffer, offset, length, hash);
        found = 0;
        for (int day = firstDay; day <= lastDay; day++) {
            LiveReader.Outcome outcome = reader(found).locate(shard, key.on(day), whole);
            if (outcome == LiveReader.Outcome.FOUND) {
                if (found == days.length) {
                    days = Arrays.copyOf(days, 2 * found);
                }
                days[found++] = day;
            } else if (outcome != LiveReader.Outcome.NOT_FOUND) {
                return outcome;
            }
        }
        return found == 0 ? LiveReader.Outcome.NOT_FOUND : LiveReader.Outcome.FOUND;
    }

    /** True if nothing has changed in the days' records since {@link #locate} began: they are of one moment. */
    boolean isUnchanged(LiveShardView shard, int firstDay, int lastDay) {
        for (int i = 0; i < found; i++) {
            if (!readers.get(i).isUnchanged(shard)) {
                return false;
            }
        }
        int next = 0;
        for (int day = firstDay; day < lastDay; day++) {
            if (next < found && days[next] == day) {
                next++;
            } else if (again.locate(shard, key.on(day), false) != LiveReader.Outcome.NOT_FOUND) {
                return false; // it has come while later days were looked up
            }
        }
        return true;
    }

    /** Copies the tiles of large records that a fold asks for; false if some made no sense. */
    boolean gather(long q, long batchEndMs, BaseRecord base, @Nullable WindowFold fold) {
        boolean isSparse = false;
        for (int i = 0; i < found; i++) {
            isSparse |= copy(i).isSparse();
        }
        if (fold == null || !isSparse) {
            return true;
        }
        for (int i = 0; i < found; i++) {
            copy(i).startGathering();
        }
        fold.fold(q, batchEndMs, base, this);
        boolean sound = true;
        for (int i = 0; i < found; i++) {
            sound &= copy(i).endGathering();
        }
        return sound;
    }

    private LiveReader reader(int place) {
        if (place == readers.size()) {
            readers.add(new LiveReader());
        }
        return readers.get(place);
    }

    private LiveRecordTiles copy(int place) {
        return readers.get(place).tiles();
    }

    /** True if a mutation was refused. */
    boolean isRefused() {
        for (int i = 0; i < found; i++) {
            if (copy(i).isRefusedFrom(Long.MIN_VALUE)) {
                return true;
            }
        }
        return false;
    }

    /** True if a mutation came without the row before it. */
    boolean isBeforeMissing() {
        for (int i = 0; i < found; i++) {
            if (copy(i).isBeforeMissing()) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean isEmpty() {
        return found == 0;
    }

    @Override
    public void mergeRange(long fromMs, long toMs, TileBuffer into) {
        for (int i = 0; i < found; i++) {
            copy(i).mergeRange(fromMs, toMs, into);
        }
    }

    @Override
    public void mergeAllRows(TileBuffer into) {
        for (int i = 0; i < found; i++) {
            copy(i).mergeAllRows(into);
        }
    }

    @Override
    public void forEachTile(long fromMs, long toMs, TileVisitor visitor) {
        for (int i = 0; i < found; i++) {
            copy(i).forEachTile(fromMs, toMs, visitor);
        }
    }

    /** Also true if a mutation at or after {@code q} has been applied: mutations of a day are not told apart by their times. */
    @Override
    public boolean holdsFrom(long q) {
        for (int i = 0; i < found; i++) {
            if (copy(i).holdsFrom(q) || copy(i).newestMutationMs() >= q) {
                return true;
            }
        }
        return false;
    }
}
