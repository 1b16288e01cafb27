package io.tilefold.batch.backfill;

import java.time.LocalDate;
import java.util.Comparator;

/**
 * The labels of one label day for the left rows of one day: what is written, kept or written anew as a whole. In the order of label days, then of left days.
 *
 * @param labelDay whose end the labels are of
 * @param leftDay of the left's partition
 */
record LabelPartition(LocalDate labelDay, LocalDate leftDay) implements Comparable<LabelPartition> {
    private static final Comparator<LabelPartition> ORDER =
            Comparator.comparing(LabelPartition::labelDay).thenComparing(LabelPartition::leftDay);

    @Override
    public int compareTo(LabelPartition other) {
        return ORDER.compare(this, other);
    }
}
