package io.tilefold.ingest.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.ingest.log.codec.EffectKind;
import io.tilefold.ingest.log.codec.EventRangeDecoder;
import io.tilefold.ingest.log.codec.MessageHeaderDecoder;
import java.util.UUID;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Records go into entries whole, entries stay within the log's bound. */
class EventRangeWriterTest {
    private static final PartitionId PARTITION = new PartitionId(new UUID(7, 8), 1);

    private final EventRangeWriter writer = new EventRangeWriter();
    private final RecordEffects effects = new RecordEffects();

    @Test
    void readsBackWhatItWrote() {
        writer.start(PARTITION, 3, 9, 2, 4, 100);
        effects.addEvent(
                1, 5, new UnsafeBuffer("key".getBytes(java.nio.charset.StandardCharsets.UTF_8)), 3, row(16), 16);
        effects.addCounted(EffectKind.NULL_KEY, 2);
        writer.add(107, effects);
        int length = writer.finish(110);

        EventRangeDecoder range = new EventRangeDecoder()
                .wrapAndApplyHeader(new UnsafeBuffer(writer.buffer(), 0, length), 0, new MessageHeaderDecoder());
        assertThat(new UUID(range.topicIdHigh(), range.topicIdLow())).isEqualTo(PARTITION.topicId());
        assertThat(range.fromOffset()).isEqualTo(100);
        assertThat(range.toOffset()).isEqualTo(110);
        assertThat(range.catalogNumber()).isEqualTo(3);
        assertThat(range.attempt()).isEqualTo(4);
        assertThat(range.epoch()).isEqualTo(9);
        assertThat(range.laneDefinition()).isEqualTo(2);
        EventRangeDecoder.EffectsDecoder group = range.effects();
        assertThat(group.count()).isEqualTo(2);
        group.next();
        assertThat(group.offsetDelta()).isEqualTo(7);
        assertThat(group.kind()).isEqualTo(EffectKind.EVENT);
        assertThat(group.keyLength()).isEqualTo(3);
        group.skipKey();
        assertThat(group.rowLength()).isEqualTo(16);
        group.skipRow();
        group.next();
        assertThat(group.kind()).isEqualTo(EffectKind.NULL_KEY);
        assertThat(group.definition()).isEqualTo(2);
    }

    @Test
    void theLargestRecordFitsAloneAndFillsTheEntry() {
        int rowLength = EventRangeWriter.MAX_RECORD_LENGTH - EventRangeWriter.EFFECT_OVERHEAD;
        effects.addEvent(0, 0, row(0), 0, row(rowLength), rowLength);
        writer.start(PARTITION, 0, 0, EventRangeWriter.NO_LANE, 0, 0);

        assertThat(writer.fits(0, effects)).isTrue();
        writer.add(0, effects);
        assertThat(writer.finish(1)).isEqualTo(LogLimits.MAX_ENTRY_LENGTH);
        effects.clear();
        effects.addCounted(EffectKind.NULL_KEY, 0);
        assertThat(writer.fits(1, effects)).isFalse();
    }

    @Test
    void effectsAreBounded() {
        writer.start(PARTITION, 0, 0, EventRangeWriter.NO_LANE, 0, 0);
        effects.addCounted(EffectKind.NULL_KEY, 0);
        int fitting = 0;
        while (writer.fits(fitting, effects)) {
            writer.add(fitting++, effects);
        }
        assertThat(fitting)
                .isEqualTo(Math.min(
                        LogLimits.MAX_EFFECTS, EventRangeWriter.MAX_RECORD_LENGTH / EventRangeWriter.EFFECT_OVERHEAD));
    }

    @Test
    void offsetsFarApartDoNotFit() {
        writer.start(PARTITION, 0, 0, EventRangeWriter.NO_LANE, 0, 0);
        assertThat(writer.fits(Integer.MAX_VALUE, effects)).isTrue();
        assertThat(writer.fits(Integer.MAX_VALUE + 1L, effects)).isFalse();
    }

    private static UnsafeBuffer row(int length) {
        return new UnsafeBuffer(new byte[length]);
    }
}
