package io.tilefold.ingest.kafka;

import io.tilefold.core.key.KeyDecoder;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ObjectSink;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.ingest.apply.ActiveCatalog;
import io.tilefold.ingest.apply.ActiveDefinition;
import io.tilefold.ingest.log.EventRangeWriter;
import io.tilefold.ingest.log.MutationRows;
import io.tilefold.ingest.log.PartitionId;
import io.tilefold.ingest.log.RecordEffects;
import io.tilefold.ingest.log.codec.EffectKind;
import io.tilefold.ingest.log.codec.EventRangeDecoder;
import io.tilefold.ingest.log.codec.EventRangeDecoder.EffectsDecoder;
import io.tilefold.ingest.log.codec.MessageHeaderDecoder;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a record's effects say once they are in the log, a line each:
 * {@code "orders MUTATION at 7 of [r1]: [r1, 5]@3 to [r1, 6]@-"}, or {@code "orders NULL_KEY"}.
 */
final class DescribedEffects {
    private static final PartitionId PARTITION = new PartitionId(new UUID(1, 2), 3);

    private final ActiveCatalog catalog;
    private final EventRangeWriter writer = new EventRangeWriter();

    DescribedEffects(ActiveCatalog catalog) {
        this.catalog = catalog;
    }

    List<String> of(RecordEffects effects) {
        writer.start(PARTITION, 1, 0, EventRangeWriter.NO_LANE, 1, 0);
        writer.add(0, effects);
        UnsafeBuffer entry = new UnsafeBuffer(writer.buffer(), 0, writer.finish(1));
        EffectsDecoder group = new EventRangeDecoder()
                .wrapAndApplyHeader(entry, 0, new MessageHeaderDecoder())
                .effects();
        List<String> lines = new ArrayList<>();
        while (group.hasNext()) {
            lines.add(describe(group.next()));
        }
        return lines;
    }

    private String describe(EffectsDecoder effect) {
        UnsafeBuffer key = new UnsafeBuffer(0, 0);
        UnsafeBuffer row = new UnsafeBuffer(0, 0);
        long timeMs = effect.timeMs();
        EffectKind kind = effect.kind();
        ActiveDefinition definition = catalog.definitions().get(effect.definition());
        effect.wrapKey(key);
        effect.wrapRow(row);
        if (kind == EffectKind.DEAD_LETTERED) {
            return kind.name();
        }
        String line = definition.name() + " " + kind;
        if (key.capacity() == 0) {
            return line;
        }
        line += " at " + timeMs + " of " + key(key, definition.plan().keys());
        Schema columns = definition.plan().row();
        if (kind == EffectKind.EVENT) {
            return line + ": " + row(new FlatRow().wrap(row, 0, row.capacity(), columns.size()), columns);
        }
        if (kind == EffectKind.MUTATION) {
            MutationRows rows = new MutationRows().wrap(row, 0, row.capacity());
            return line + ": " + side(rows.before(columns.size(), new FlatRow()), rows.beforeTimeMs(), columns) + " to "
                    + side(rows.after(columns.size(), new FlatRow()), rows.afterTimeMs(), columns);
        }
        return line;
    }

    private static List<@Nullable Object> key(DirectBuffer key, Schema columns) {
        ObjectSink sink = new ObjectSink();
        int offset = 0;
        for (int i = 0; i < columns.size(); i++) {
            KeyDecoder.decode(key, offset, sink.next(columns.field(i).type()));
            offset += KeyDecoder.columnLength(key, offset);
        }
        return sink.values();
    }

    private static String side(@Nullable FlatRow row, long timeMs, Schema columns) {
        return row == null
                ? "none"
                : row(row, columns) + "@" + (timeMs == MutationRows.NO_TIME ? "-" : String.valueOf(timeMs));
    }

    private static List<@Nullable Object> row(FlatRow row, Schema columns) {
        List<@Nullable Object> values = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            if (row.isNull(i)) {
                values.add(null);
            } else if (columns.field(i).type() == Scalar.STRING) {
                values.add(row.buffer().getStringWithoutLengthUtf8(row.bytesOffset(i), row.bytesLength(i)));
            } else {
                values.add(row.getLong(i));
            }
        }
        return values;
    }
}
