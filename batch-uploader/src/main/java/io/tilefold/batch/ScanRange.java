package io.tilefold.batch;

import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.time.Window;
import java.time.LocalDate;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Which day partitions of a source an upload reads (SEMANTICS.md §3, Scanned): from the day of {@code B - 1 day - W_max} to the day of
 * {@code B - 1 ms}, within start and end partition; from the first where an aggregation has no window; the latest alone of a cumulative table.
 *
 * @param from inclusive; none: from the first
 * @param to inclusive
 * @param endRequired true if the upload would miss its own last day without partition {@code to}
 */
record ScanRange(Optional<LocalDate> from, LocalDate to, boolean latestOnly, boolean endRequired) {

    static ScanRange of(GroupByPlan plan, Source.Events source, LocalDate endDs) {
        Query query = source.query();
        Optional<LocalDate> start = query.startPartition().map(ds -> Days.parse("startPartition", ds));
        Optional<LocalDate> end = query.endPartition().map(ds -> Days.parse("endPartition", ds));
        LocalDate to = end.filter(endDs::isAfter).orElse(endDs);
        Optional<LocalDate> from = start;
        if (!plan.hasUnbounded() && !plan.windows().isEmpty()) {
            Window longest = plan.windows().get(plan.windows().size() - 1);
            LocalDate reach = Days.of(Days.batchEndMs(endDs) - Days.DAY_MS - longest.lengthMs());
            from = Optional.of(start.filter(reach::isBefore).orElse(reach));
        }
        return new ScanRange(from, to, source.cumulative(), to.equals(endDs));
    }

    /** The partitions to read, ascending; empty if none of those available lies in the range. */
    List<LocalDate> choose(List<LocalDate> available) {
        NavigableSet<LocalDate> days = new TreeSet<>(available).headSet(to, true);
        if (latestOnly) {
            days = days.isEmpty() ? days : days.tailSet(days.last(), true);
        }
        return from.isPresent() && !latestOnly ? List.copyOf(days.tailSet(from.get(), true)) : List.copyOf(days);
    }

    /** Days between the first chosen partition and the end of the range that have none. */
    List<LocalDate> holes(List<LocalDate> chosen) {
        if (chosen.isEmpty() || latestOnly) {
            return List.of();
        }
        return chosen.get(0)
                .datesUntil(to.plusDays(1))
                .filter(day -> !chosen.contains(day))
                .toList();
    }

    @Override
    public String toString() {
        return latestOnly ? "latest up to " + to : from.map(LocalDate::toString).orElse("first") + " to " + to;
    }
}
