package io.tilefold.ingest.log;

import io.tilefold.ingest.log.RecordEffects.Effect;
import io.tilefold.ingest.log.codec.EventRangeEncoder;
import io.tilefold.ingest.log.codec.EventRangeEncoder.EffectsEncoder;
import io.tilefold.ingest.log.codec.MessageHeaderEncoder;
import java.nio.ByteBuffer;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Writes one EventRange entry at a time into a buffer of its own. A record's effects go in together or not at all, so a range always ends
 * between records. Confined to one thread.
 */
public final class EventRangeWriter {
    /** Bytes of an effect besides its key and row. */
    static final int EFFECT_OVERHEAD =
            EffectsEncoder.sbeBlockLength() + EffectsEncoder.keyHeaderLength() + EffectsEncoder.rowHeaderLength();

    /** Bytes of an entry without effects. */
    static final int RANGE_OVERHEAD =
            MessageHeaderEncoder.ENCODED_LENGTH + EventRangeEncoder.BLOCK_LENGTH + EffectsEncoder.sbeHeaderSize();

    /** The most that one record's effects may take. */
    public static final int MAX_RECORD_LENGTH = LogLimits.MAX_ENTRY_LENGTH - RANGE_OVERHEAD;

    private static final long MAX_OFFSET_DELTA = Integer.MAX_VALUE;

    private final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(LogLimits.MAX_ENTRY_LENGTH));
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final EventRangeEncoder encoder = new EventRangeEncoder();
    private EffectsEncoder effects = encoder.wrap(buffer, 0).effectsCount(0);
    private long fromOffset;
    private int count;

    /** The lane of a range that is in none. */
    public static final int NO_LANE = EventRangeEncoder.laneDefinitionNullValue();

    /**
     * Starts the entry of the range from {@code from}.
     *
     * @param epoch of the partition, under which the effects are decided
     * @param lane place of the definition in whose lane the range is, or {@link #NO_LANE}
     */
    public void start(PartitionId partition, long catalogNumber, long epoch, int lane, long attempt, long from) {
        encoder.wrapAndApplyHeader(buffer, 0, header)
                .topicIdHigh(partition.topicId().getMostSignificantBits())
                .topicIdLow(partition.topicId().getLeastSignificantBits())
                .partition(partition.partition())
                .catalogNumber(catalogNumber)
                .attempt(attempt)
                .fromOffset(from)
                .epoch(epoch)
                .laneDefinition(lane)
                .firstRecordMs(EventRangeEncoder.firstRecordMsNullValue());
        effects = encoder.effectsCount(LogLimits.MAX_EFFECTS);
        fromOffset = from;
        count = 0;
    }

    /** Notes when Kafka took the range's first record. */
    public void firstRecord(long timestampMs) {
        encoder.firstRecordMs(timestampMs);
    }

    /** False if the entry has to be finished and another started before this record. */
    public boolean fits(long recordOffset, RecordEffects record) {
        return encoder.encodedLength() + MessageHeaderEncoder.ENCODED_LENGTH + record.encodedLength()
                        <= LogLimits.MAX_ENTRY_LENGTH
                && count + record.count() <= LogLimits.MAX_EFFECTS
                && recordOffset - fromOffset <= MAX_OFFSET_DELTA;
    }

    /** Adds all effects of a record that {@link #fits}. */
    public void add(long recordOffset, RecordEffects record) {
        for (int i = 0; i < record.count(); i++) {
            Effect effect = record.get(i);
            effects.next()
                    .offsetDelta(recordOffset - fromOffset)
                    .timeMs(effect.timeMs)
                    .definition(effect.definition)
                    .kind(effect.kind)
                    .putKey(record.bytes(), effect.keyOffset, effect.keyLength)
                    .putRow(record.bytes(), effect.rowOffset, effect.rowLength);
        }
        count += record.count();
    }

    /** Ends the range; the entry is {@link #buffer()} from 0 to the returned length. */
    public int finish(long toOffset) {
        encoder.toOffset(toOffset);
        effects.resetCountToIndex();
        return MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength();
    }

    public DirectBuffer buffer() {
        return buffer;
    }
}
