package io.tilefold.batch.backfill;

import io.tilefold.batch.Days;
import io.tilefold.batch.Expanding;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.RowLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.agrona.concurrent.UnsafeBuffer;
import org.apache.spark.api.java.function.FlatMapFunction;

/** Left rows as many times as label days are asked for of their day, each with the midnight that ends the label day as its moment; none of a day that is not asked for. */
final class LabelMoments implements FlatMapFunction<Iterator<byte[]>, byte[]> {
    private static final long serialVersionUID = 1;

    private final LeftLayout layout;

    /** By the left's day, since the epoch. */
    private final HashMap<Long, long[]> momentsMs = new HashMap<>();

    LabelMoments(LeftLayout layout, Collection<LabelPartition> partitions) {
        this.layout = layout;
        SortedMap<Long, List<Long>> moments = new TreeMap<>();
        for (LabelPartition partition : partitions) {
            moments.computeIfAbsent(partition.leftDay().toEpochDay(), ignored -> new ArrayList<>())
                    .add(momentMs(partition));
        }
        moments.forEach((day, ofDay) -> momentsMs.put(
                day, ofDay.stream().mapToLong(Long::longValue).sorted().toArray()));
    }

    /** The midnight that ends the label day. */
    private static long momentMs(LabelPartition partition) {
        return Days.startMs(partition.labelDay().plusDays(1));
    }

    @Override
    public Iterator<byte[]> call(Iterator<byte[]> rows) {
        UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
        FlatRow row = new FlatRow();
        int moment = RowLayout.slotOffset(layout.size(), layout.moment());
        return new Expanding<byte[], byte[]>(rows) {
            @Override
            protected void expand(byte[] bytes) {
                buffer.wrap(bytes);
                row.wrap(buffer, 0, bytes.length, layout.size());
                for (long ms : momentsMs.getOrDefault(row.getLong(layout.day()), new long[0])) {
                    byte[] asked = bytes.clone();
                    buffer.wrap(asked);
                    buffer.putLong(moment, ms, ByteOrder.LITTLE_ENDIAN);
                    give(asked);
                }
            }
        };
    }
}
