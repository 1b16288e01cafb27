package io.tilefold.batch.backfill;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which days a run computes, and why: those that the left has and the output lacks. Days before the output's first only if a start is asked for.
 *
 * @param kept days that are there as the definition wants them
 * @param missing days that are not there
 * @param changed days that are there, computed with other definitions, and which these are
 */
record BackfillPlan(List<LocalDate> kept, List<LocalDate> missing, SortedMap<LocalDate, String> changed) {
    /**
     * @param there the output's days, and what each was computed with
     * @param now what they would be computed with
     */
    static BackfillPlan of(
            List<LocalDate> left,
            SortedMap<LocalDate, Computed> there,
            Computed now,
            Optional<LocalDate> start,
            Optional<LocalDate> end) {
        LocalDate from = start.orElse(there.isEmpty() ? LocalDate.MIN : there.firstKey());
        BackfillPlan plan = new BackfillPlan(new ArrayList<>(), new ArrayList<>(), new TreeMap<>());
        for (LocalDate day : left) {
            if (day.isBefore(from) || end.filter(day::isAfter).isPresent()) {
                continue;
            }
            Computed before = there.get(day);
            if (before == null) {
                plan.missing.add(day);
            } else {
                before.difference(now).ifPresentOrElse(why -> plan.changed.put(day, why), () -> plan.kept.add(day));
            }
        }
        return plan;
    }

    /** Leaves days to another run. */
    BackfillPlan without(Set<LocalDate> days) {
        SortedMap<LocalDate, String> others = new TreeMap<>(changed);
        others.keySet().removeAll(days);
        return new BackfillPlan(
                kept, missing.stream().filter(day -> !days.contains(day)).toList(), others);
    }

    /** What is to be computed, ascending. */
    List<LocalDate> toCompute() {
        List<LocalDate> days = new ArrayList<>(missing);
        days.addAll(changed.keySet());
        days.sort(null);
        return days;
    }

    /**
     * The days to compute in steps: of at most so many days of the calendar, and without a day in between that is kept. A day that the left has not is no gap, so a left of a few
     * rows on as many days is one step.
     */
    List<List<LocalDate>> steps(int daysMax) {
        NavigableSet<LocalDate> ofLeft = new TreeSet<>(kept);
        ofLeft.addAll(toCompute());
        List<List<LocalDate>> steps = new ArrayList<>();
        for (LocalDate day : toCompute()) {
            List<LocalDate> last = steps.isEmpty() ? List.of() : steps.get(steps.size() - 1);
            boolean continues = !last.isEmpty()
                    && day.isBefore(last.get(0).plusDays(daysMax))
                    && last.get(last.size() - 1).equals(ofLeft.lower(day));
            if (!continues) {
                steps.add(new ArrayList<>());
            }
            steps.get(steps.size() - 1).add(day);
        }
        return steps;
    }

    /** One line for people for each kind of day. */
    List<String> describe() {
        List<String> lines = new ArrayList<>();
        describe(lines, missing, "to compute: not there");
        Map<String, List<LocalDate>> reasons = new TreeMap<>();
        changed.forEach((day, why) ->
                reasons.computeIfAbsent(why, ignored -> new ArrayList<>()).add(day));
        reasons.forEach((why, days) -> describe(lines, days, "to compute: there, but " + why));
        describe(lines, kept, "kept");
        return lines;
    }

    private static void describe(List<String> lines, List<LocalDate> days, String what) {
        if (!days.isEmpty()) {
            lines.add(days.size() + " days " + what + ", " + days.get(0) + " to " + days.get(days.size() - 1));
        }
    }
}
