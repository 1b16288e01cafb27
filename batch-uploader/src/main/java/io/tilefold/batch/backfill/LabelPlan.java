package io.tilefold.batch.backfill;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Which partitions of labels a run computes, and why: those that can be computed and are not there with the definitions of today.
 *
 * @param kept there as the definitions want them
 * @param missing not there
 * @param changed there, computed with other definitions, and which these are
 * @param dropped there, but no longer wanted: the label part has other days now
 */
record LabelPlan(
        NavigableSet<LabelPartition> kept,
        NavigableSet<LabelPartition> missing,
        SortedMap<LabelPartition, String> changed,
        NavigableSet<LabelPartition> dropped) {
    /**
     * @param wanted what can be computed of the run's days
     * @param there the output's partitions, and what each was computed with
     * @param now what they would be computed with
     * @param isDropped of a partition that is there: the run has its day, and the definition does not want it
     */
    static LabelPlan of(
            Collection<LabelPartition> wanted,
            SortedMap<LabelPartition, Computed> there,
            Computed now,
            Predicate<LabelPartition> isDropped) {
        LabelPlan plan = new LabelPlan(new TreeSet<>(), new TreeSet<>(), new TreeMap<>(), new TreeSet<>());
        for (LabelPartition partition : wanted) {
            Computed before = there.get(partition);
            if (before == null) {
                plan.missing.add(partition);
            } else {
                before.difference(now)
                        .ifPresentOrElse(why -> plan.changed.put(partition, why), () -> plan.kept.add(partition));
            }
        }
        there.keySet().stream().filter(isDropped).forEach(plan.dropped::add);
        return plan;
    }

    /** What is to be computed, in steps of at most so many label days of the calendar. */
    List<NavigableSet<LabelPartition>> steps(int daysMax) {
        NavigableSet<LabelPartition> all = new TreeSet<>(missing);
        all.addAll(changed.keySet());
        List<NavigableSet<LabelPartition>> steps = new ArrayList<>();
        for (LabelPartition partition : all) {
            NavigableSet<LabelPartition> last = steps.isEmpty() ? new TreeSet<>() : steps.get(steps.size() - 1);
            if (last.isEmpty()
                    || !partition.labelDay().isBefore(last.first().labelDay().plusDays(daysMax))) {
                last = new TreeSet<>();
                steps.add(last);
            }
            last.add(partition);
        }
        return steps;
    }

    /** True if nothing is to be written. */
    boolean isDone() {
        return missing.isEmpty() && changed.isEmpty() && dropped.isEmpty();
    }

    /** One line for people for each kind of partition. */
    List<String> describe() {
        List<String> lines = new ArrayList<>();
        describe(lines, missing, "to compute: not there");
        Map<String, NavigableSet<LabelPartition>> reasons = new TreeMap<>();
        changed.forEach((partition, why) ->
                reasons.computeIfAbsent(why, ignored -> new TreeSet<>()).add(partition));
        reasons.forEach((why, partitions) -> describe(lines, partitions, "to compute: there, but " + why));
        describe(lines, dropped, "to drop: the label part has other days now");
        describe(lines, kept, "kept");
        return lines;
    }

    private static void describe(List<String> lines, NavigableSet<LabelPartition> partitions, String what) {
        if (!partitions.isEmpty()) {
            lines.add(days(partitions) + ": " + what);
        }
    }

    /** For people: {@code "2 label days 2001-02-08 to 2001-02-09, left days 2001-02-02 to 2001-02-03"}. */
    static String days(NavigableSet<LabelPartition> partitions) {
        NavigableSet<LocalDate> leftDays = new TreeSet<>();
        NavigableSet<LocalDate> labelDays = new TreeSet<>();
        partitions.forEach(partition -> {
            leftDays.add(partition.leftDay());
            labelDays.add(partition.labelDay());
        });
        return labelDays.size() + " label days " + labelDays.first() + " to " + labelDays.last() + ", left days "
                + leftDays.first() + " to " + leftDays.last();
    }
}
