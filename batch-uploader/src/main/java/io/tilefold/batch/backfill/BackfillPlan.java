package io.tilefold.batch.backfill;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * Which days a run computes: those that the left has and the output lacks. Days before the output's first only if a start is asked for.
 *
 * @param kept days that are there as the definition wants them
 * @param missing days that are not there
 * @param changed days that are there, computed with another definition
 */
record BackfillPlan(List<LocalDate> kept, List<LocalDate> missing, List<LocalDate> changed) {
    /**
     * @param there the output's days, and the id each was computed with
     * @param id the definition's
     */
    static BackfillPlan of(
            List<LocalDate> left,
            SortedMap<LocalDate, String> there,
            String id,
            Optional<LocalDate> start,
            Optional<LocalDate> end) {
        LocalDate from = start.orElse(there.isEmpty() ? LocalDate.MIN : there.firstKey());
        BackfillPlan plan = new BackfillPlan(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (LocalDate day : left) {
            if (day.isBefore(from) || end.filter(day::isAfter).isPresent()) {
                continue;
            }
            String computedWith = there.get(day);
            (computedWith == null ? plan.missing : computedWith.equals(id) ? plan.kept : plan.changed).add(day);
        }
        return plan;
    }

    /** What is to be computed, ascending. */
    List<LocalDate> toCompute() {
        List<LocalDate> days = new ArrayList<>(missing);
        days.addAll(changed);
        days.sort(null);
        return days;
    }

    /** The days to compute in steps of at most so many, each without a gap. */
    List<List<LocalDate>> steps(int daysMax) {
        List<List<LocalDate>> steps = new ArrayList<>();
        for (LocalDate day : toCompute()) {
            List<LocalDate> last = steps.isEmpty() ? List.of() : steps.get(steps.size() - 1);
            boolean continues = !last.isEmpty()
                    && last.size() < daysMax
                    && last.get(last.size() - 1).plusDays(1).equals(day);
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
        describe(lines, changed, "to compute: there, but of another definition");
        describe(lines, kept, "kept");
        return lines;
    }

    private static void describe(List<String> lines, List<LocalDate> days, String what) {
        if (!days.isEmpty()) {
            lines.add(days.size() + " days " + what + ", " + days.get(0) + " to " + days.get(days.size() - 1));
        }
    }
}
