package io.tilefold.ingest.apply;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.ingest.log.EventRangeWriter;
import io.tilefold.ingest.log.PartitionId;
import io.tilefold.ingest.log.RecordEffects;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A reader of one partition and its lanes, as simple as it can be: goes back to what is applied when it was refused, when the epoch or the catalog changed,
 * and now and then for no reason, to the earliest record too; offers several ranges before the first is answered.
 */
final class SimulatedReader {
    /** Record n has key {@code "K" + n % KEYS}. */
    static final int KEYS = 5;

    private final IngestState state;
    private final PartitionId partition;
    private final EventRangeWriter writer = new EventRangeWriter();
    private final RecordEffects effects = new RecordEffects();
    private final Map<DefinitionId, Cursor> lanes = new HashMap<>();
    private final Cursor own = new Cursor();
    private long attempts;
    private long catalogNumber = -1;

    private static final class Cursor {
        long offered;
        long attempt = Long.MIN_VALUE + 1;
    }

    SimulatedReader(IngestState state, PartitionId partition, long firstAttempt) {
        this.state = state;
        this.partition = partition;
        this.attempts = firstAttempt;
    }

    /** Some ranges of the records there are. */
    List<DirectBuffer> offer(long records, SplittableRandom random) {
        List<DirectBuffer> entries = new ArrayList<>();
        PartitionProgress progress = state.partitions().get(partition);
        if (progress == null) {
            return entries;
        }
        boolean rewind = catalogNumber != state.catalog().number() || random.nextInt(10) == 0;
        catalogNumber = state.catalog().number();
        if (rewind || progress.refusedAttempt() == own.attempt) {
            own.offered = random.nextInt(20) == 0 ? 0 : progress.nextOffset(); // now and then from the earliest
            own.attempt = ++attempts;
        }
        addRanges(entries, own, null, progress, records, random);
        for (Lane lane : progress.lanes()) {
            if (!lane.isWaiting()) {
                Cursor cursor = lanes.computeIfAbsent(lane.definition(), id -> new Cursor());
                if (rewind || cursor.attempt == Long.MIN_VALUE + 1 || lane.refusedAttempt() == cursor.attempt) {
                    cursor.offered = lane.nextOffset();
                    cursor.attempt = ++attempts;
                }
                addRanges(entries, cursor, lane, progress, records, random);
            }
        }
        return entries;
    }

    private void addRanges(
            List<DirectBuffer> entries,
            Cursor cursor,
            @Nullable Lane lane,
            PartitionProgress progress,
            long records,
            SplittableRandom random) {
        long epoch = progress.epoch();
        int place = lane == null
                ? EventRangeWriter.NO_LANE
                : state.catalog().find(lane.definition()).orElseThrow().place();
        for (int ranges = random.nextInt(3); ranges >= 0 && cursor.offered < records; ranges--) {
            long to = Math.min(records, cursor.offered + 1 + random.nextInt(15));
            writer.start(partition, catalogNumber, epoch, place, cursor.attempt, cursor.offered);
            for (long offset = cursor.offered; offset < to; offset++) {
                decide(offset, lane, progress);
                writer.add(offset, effects);
            }
            UnsafeBuffer entry = new UnsafeBuffer(new byte[writer.finish(to)]);
            entry.putBytes(0, writer.buffer(), 0, entry.capacity());
            entries.add(entry);
            cursor.offered = to;
        }
    }

    private void decide(long offset, @Nullable Lane lane, PartitionProgress progress) {
        effects.clear();
        for (ActiveDefinition definition : state.catalog().definitions()) {
            boolean feeds = lane == null
                    ? progress.lane(definition.id()) == null
                    : lane.definition().equals(definition.id());
            if (feeds) {
                int columns = definition.plan().row().size();
                KeyEncoder key = new KeyEncoder().reset();
                FlatRowWriter row = new FlatRowWriter(columns);
                for (int column = 0; column < columns - 1; column++) {
                    key.putString("K" + offset % KEYS);
                    row.putString(column, "K" + offset % KEYS);
                }
                row.putLong(columns - 1, 1);
                int length = row.finish();
                effects.addEvent(definition.place(), offset, key.buffer(), key.length(), row.buffer(), length);
            }
        }
    }
}
