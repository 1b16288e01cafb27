package io.tilefold.batch.backfill;

import io.tilefold.batch.Days;
import io.tilefold.batch.backfill.PartitionStore.Partition;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * A join's labels by label day and left day, and which of these partitions are whole: one is there with what it was computed with, or not at all. The record of a label day, named
 * {@code label_ds=2001-02-09}, holds for each {@link Computed} the left days that were computed with it, as first and last of days that follow each other:
 *
 * <pre>
 *  5f0c...
 *  GroupBy purchases	91ab...
 *  Labels of asked	c3d4...
 *  ds	2001-02-01	2001-02-03
 *  ds	2001-02-05	2001-02-05
 *                                      an empty line before the next Computed
 * </pre>
 */
final class LabelOutput {
    static final String LABEL_DS = "label_ds";
    static final List<String> PARTITION_COLUMNS = List.of(LABEL_DS, TrainingRows.DS);

    private static final String RECORD = LABEL_DS + "=";
    private static final String LEFT_DAYS = TrainingRows.DS + "\t";
    private static final String NEXT = "\n\n";

    private final PartitionStore store;

    /** @param store partitioned by {@link #PARTITION_COLUMNS} */
    LabelOutput(PartitionStore store) {
        this.store = store;
    }

    /** The partitions that are whole. */
    SortedMap<LabelPartition, Computed> partitions() {
        SortedMap<LabelPartition, Computed> partitions = new TreeMap<>();
        store.records().forEach((name, text) -> {
            Optional<LocalDate> label =
                    name.startsWith(RECORD) ? Days.find(name.substring(RECORD.length())) : Optional.empty();
            label.ifPresent(day ->
                    parse(text).forEach((left, with) -> partitions.put(new LabelPartition(day, left), with)));
        });
        return partitions;
    }

    /** Says so if the place cannot be written. */
    void prepare() {
        store.prepare();
    }

    /** Puts rows in place of these partitions; one without rows is empty and whole. */
    Written replace(NavigableSet<LabelPartition> replaced, Dataset<Row> rows, Computed with) {
        SortedMap<LabelPartition, Computed> there = forget(replaced);
        Written written = store.replace(stored(replaced), rows);
        replaced.forEach(partition -> there.put(partition, with));
        store.put(records(there, labelDays(replaced)));
        return written;
    }

    /** Takes partitions away. */
    void drop(NavigableSet<LabelPartition> dropped) {
        if (!dropped.isEmpty()) {
            var unusedRecords = forget(dropped);
            store.delete(stored(dropped));
        }
    }

    /** Takes partitions out of the records, and gives what the records hold then. */
    private SortedMap<LabelPartition, Computed> forget(NavigableSet<LabelPartition> forgotten) {
        SortedMap<LabelPartition, Computed> there = partitions();
        if (there.keySet().removeAll(forgotten)) {
            NavigableSet<LocalDate> labelDays = labelDays(forgotten);
            Map<String, String> left = records(there, labelDays);
            store.remove(labelDays.stream().map(day -> RECORD + day).toList());
            store.put(left);
        }
        return there;
    }

    private static NavigableSet<LocalDate> labelDays(Collection<LabelPartition> partitions) {
        NavigableSet<LocalDate> days = new TreeSet<>();
        partitions.forEach(partition -> days.add(partition.labelDay()));
        return days;
    }

    private static List<Partition> stored(Collection<LabelPartition> partitions) {
        return partitions.stream()
                .map(partition -> new Partition(List.of(
                        partition.labelDay().toString(), partition.leftDay().toString())))
                .toList();
    }

    /** The records of some label days; none of a day of which nothing is there. */
    private static Map<String, String> records(
            SortedMap<LabelPartition, Computed> there, NavigableSet<LocalDate> labelDays) {
        Map<String, Map<String, List<LocalDate>>> days = new TreeMap<>();
        there.forEach((partition, with) -> {
            if (labelDays.contains(partition.labelDay())) {
                days.computeIfAbsent(RECORD + partition.labelDay(), ignored -> new LinkedHashMap<>())
                        .computeIfAbsent(with.text(), ignored -> new ArrayList<>())
                        .add(partition.leftDay());
            }
        });
        Map<String, String> records = new TreeMap<>();
        days.forEach((name, computed) -> {
            List<String> blocks = new ArrayList<>();
            computed.forEach((text, leftDays) -> blocks.add(text.strip() + "\n" + ranges(leftDays)));
            records.put(name, String.join(NEXT, blocks));
        });
        return records;
    }

    private static String ranges(List<LocalDate> days) {
        List<String> lines = new ArrayList<>();
        for (int i = 0, first = 0; i < days.size(); i++) {
            boolean isLast = i + 1 == days.size() || !days.get(i).plusDays(1).equals(days.get(i + 1));
            if (isLast) {
                lines.add(LEFT_DAYS + days.get(first) + "\t" + days.get(i));
                first = i + 1;
            }
        }
        return String.join("\n", lines);
    }

    /** A line that was cut off by a crash says nothing: its days are computed again. */
    private static SortedMap<LocalDate, Computed> parse(String text) {
        SortedMap<LocalDate, Computed> days = new TreeMap<>();
        for (String block : text.split(NEXT, -1)) {
            List<String> head = new ArrayList<>();
            List<LocalDate> ofBlock = new ArrayList<>();
            for (String line : block.lines().toList()) {
                if (!line.startsWith(LEFT_DAYS)) {
                    head.add(line);
                    continue;
                }
                String[] ends = line.substring(LEFT_DAYS.length()).split("\t", -1);
                Optional<LocalDate> first = Days.find(ends[0].strip());
                Optional<LocalDate> last = ends.length < 2 ? Optional.empty() : Days.find(ends[1].strip());
                if (first.isPresent() && last.isPresent() && !last.get().isBefore(first.get())) {
                    ofBlock.addAll(
                            first.get().datesUntil(last.get().plusDays(1)).toList());
                }
            }
            Computed with = Computed.parse(String.join("\n", head));
            ofBlock.forEach(day -> days.put(day, with));
        }
        return days;
    }

    @Override
    public String toString() {
        return store.toString();
    }
}
