package io.tilefold.ingest.apply;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.value.FlatRow;
import io.tilefold.ingest.log.MutationRows;
import io.tilefold.ingest.log.PartitionId;
import io.tilefold.ingest.log.codec.EventRangeDecoder;
import io.tilefold.ingest.log.codec.EventRangeDecoder.EffectsDecoder;
import io.tilefold.store.EventsAhead;
import java.util.UUID;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Applies event ranges: of a partition from its position on, of a lane from the lane's. What lies before is trimmed, record by record; a range that begins beyond is
 * refused, as is one that was decided under another catalog or epoch. Confined to the applying thread.
 */
final class RangeEntries {
    private final ActiveStores active;
    private final Partitions partitions;
    private final UnsafeBuffer key = new UnsafeBuffer(0, 0);
    private final UnsafeBuffer rowBytes = new UnsafeBuffer(0, 0);
    private final FlatRow row = new FlatRow();
    private final FlatRow before = new FlatRow();
    private final MutationRows mutation = new MutationRows();
    private final EffectsAhead ahead = new EffectsAhead();
    private @Nullable PartitionProgress lastPartition;
    private long appliedRecordMs = IngestState.NO_RECORD;

    RangeEntries(ActiveStores active, Partitions partitions) {
        this.active = active;
        this.partitions = partitions;
    }

    /** See {@link IngestState#takeAppliedRecordMs}. */
    long takeAppliedRecordMs() {
        long taken = appliedRecordMs;
        appliedRecordMs = IngestState.NO_RECORD;
        return taken;
    }

    void apply(EventRangeDecoder range) {
        PartitionProgress progress = progress(range.topicIdHigh(), range.topicIdLow(), range.partition());
        if (progress == null) {
            return; // without its start it has no position: the reader sees that nothing moves, and sends the start
        }
        if (range.laneDefinition() != EventRangeDecoder.laneDefinitionNullValue()) {
            applyLaneRange(range, progress);
            return;
        }
        long epoch = range.epoch() == EventRangeDecoder.epochNullValue() ? 0 : range.epoch();
        long next = progress.nextOffset();
        if (range.catalogNumber() != active.catalog().number()
                || epoch != progress.epoch()
                || range.fromOffset() > next) {
            progress.refuse(range.attempt());
            return;
        }
        if (range.toOffset() > next) {
            long recordMs = range.firstRecordMs();
            applyEffects(range, next, range.toOffset(), progress);
            progress.advanceTo(range.toOffset());
            appliedRecordMs = recordMs == EventRangeDecoder.firstRecordMsNullValue() ? IngestState.NO_RECORD : recordMs;
        }
    }

    /** A range of what one definition has missed: what lies from the partition's position on comes with the partition's own ranges. */
    private void applyLaneRange(EventRangeDecoder range, PartitionProgress progress) {
        if (range.catalogNumber() != active.catalog().number()) {
            return; // the reader of the lane begins anew with each catalog
        }
        DefinitionId id =
                active.catalog().definitions().get(range.laneDefinition()).id();
        Lane lane = progress.lane(id);
        if (lane == null || lane.isWaiting()) {
            return;
        }
        long next = lane.nextOffset();
        long toOffset = range.toOffset();
        if (range.fromOffset() > next) {
            lane.refuse(range.attempt());
        } else if (toOffset > next) {
            applyEffects(range, next, Math.min(toOffset, progress.nextOffset()), progress);
            lane.advanceTo(toOffset);
            endLaneIfMet(progress, lane);
        }
    }

    /** Ends a lane that has met its partition's position. */
    void endLaneIfMet(PartitionProgress progress, Lane lane) {
        if (lane.nextOffset() >= progress.nextOffset()) {
            progress.remove(lane);
            active.showCatchingUp(lane.definition());
        }
    }

    /** Applies the effects of the records from one offset to before another. */
    private void applyEffects(EventRangeDecoder range, long fromOffset, long toOffset, PartitionProgress progress) {
        long first = fromOffset - range.fromOffset();
        long end = toOffset - range.fromOffset();
        ahead.begin(range);
        EffectsDecoder effects = range.effects();
        for (int i = 0; effects.hasNext(); i++) {
            int place = i % EventsAhead.EVENTS_MAX;
            if (place == 0) {
                ahead.look(active);
            }
            effects.next();
            if (effects.offsetDelta() >= first && effects.offsetDelta() < end) {
                applyEffect(effects, ahead.hash(place), progress);
            } else {
                effects.skipKey();
                effects.skipRow();
            }
        }
    }

    private void applyEffect(EffectsDecoder effect, long keyHash, PartitionProgress progress) {
        int place = effect.definition();
        long timeMs = effect.timeMs();
        switch (effect.kind()) {
            case EVENT -> {
                effect.wrapKey(key);
                effect.wrapRow(rowBytes);
                row.wrap(rowBytes, 0, rowBytes.capacity(), active.columnCount(place));
                active.store(place).apply(key, 0, key.capacity(), keyHash, row, timeMs);
                return;
            }
            case MUTATION -> {
                effect.wrapKey(key);
                effect.wrapRow(rowBytes);
                mutation.wrap(rowBytes, 0, rowBytes.capacity());
                int columns = active.columnCount(place);
                active.store(place)
                        .mutate(
                                key,
                                0,
                                key.capacity(),
                                keyHash,
                                mutation.before(columns, before),
                                mutation.beforeTimeMs(),
                                mutation.after(columns, row),
                                mutation.afterTimeMs(),
                                timeMs);
                return;
            }
            case BEFORE_MISSING -> {
                effect.wrapKey(key);
                active.store(place).missBefore(key, 0, key.capacity(), keyHash, timeMs);
                effect.skipRow();
                return;
            }
            case NULL_TIME -> active.counters(place).nullTime++;
            case NULL_KEY -> active.counters(place).nullKey++;
            case DEAD_LETTERED -> progress.countDeadLettered();
            default ->
                throw new IllegalStateException("an effect of unknown kind in the range at "
                        + progress.topic() + "/" + progress.id().partition() + " from " + progress.nextOffset()
                        + ": the log was written by a newer build");
        }
        effect.skipKey();
        effect.skipRow();
    }

    private @Nullable PartitionProgress progress(long topicIdHigh, long topicIdLow, int partition) {
        PartitionProgress last = lastPartition;
        if (last != null
                && last.id().partition() == partition
                && last.id().topicId().getMostSignificantBits() == topicIdHigh
                && last.id().topicId().getLeastSignificantBits() == topicIdLow) {
            return last;
        }
        PartitionProgress found = partitions.get(new PartitionId(new UUID(topicIdHigh, topicIdLow), partition));
        lastPartition = found;
        return found;
    }
}
