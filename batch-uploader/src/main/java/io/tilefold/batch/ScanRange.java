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
 * Which day partitions of a source count for moments from {@code q_min} to {@code q_max} (SEMANTICS.md §3, Scanned): from the day of {@code q_min - 1
 * day - W_max} to the day of {@code q_max - 1 ms}, within start and end partition; from the first where an aggregation has no window; the latest
 * alone of a cumulative table.
 *
 * @param from inclusive; none: from the first
 * @param to inclusive
 * @param ifEndIsMissing what to do if partition {@code to} is not there; none: it may be missing
 */
public record ScanRange(Optional<LocalDate> from, LocalDate to, boolean latestOnly, Optional<String> ifEndIsMissing) {

    private static final String LAST_DAY_LACKS =
            "an upload would lack its last day. Wait for it, or upload an earlier --ds";

    /** Of an upload: its one moment is the midnight that ends {@code endDs}. */
    static ScanRange of(GroupByPlan plan, Source.Events source, LocalDate endDs) {
        return of(plan, source, Days.batchEndMs(endDs), endDs, Optional.of(LAST_DAY_LACKS));
    }

    /**
     * Of an upload of entities: the snapshot of {@code endDs} alone, which must be there.
     *
     * @throws JobException if the query begins after that day or ends before it
     */
    static ScanRange ofSnapshot(Source.Events snapshots, LocalDate endDs) {
        Query query = snapshots.query();
        Optional<LocalDate> start = query.startPartition().map(ds -> Days.parse("startPartition", ds));
        Optional<LocalDate> end = query.endPartition().map(ds -> Days.parse("endPartition", ds));
        if (start.filter(endDs::isBefore).isPresent()
                || end.filter(endDs::isAfter).isPresent()) {
            throw new JobException(
                    "table " + snapshots.table() + ": snapshot " + endDs + " is outside of startPartition "
                            + query.startPartition().orElse("(none)") + " and endPartition "
                            + query.endPartition().orElse("(none)") + ": upload a --ds between them, or change them");
        }
        return new ScanRange(Optional.of(endDs), endDs, false, Optional.of(LAST_DAY_LACKS));
    }

    /** Of a backfill's moments from {@code leastQ} to {@code mostQ}. Of a cumulative table the latest partition counts, however late it is. */
    public static ScanRange between(GroupByPlan plan, Source.Events source, long leastQ, long mostQ) {
        return source.cumulative()
                ? of(plan, source, leastQ, LocalDate.MAX, Optional.empty())
                : of(
                        plan,
                        source,
                        leastQ,
                        Days.of(mostQ - 1),
                        Optional.of("values of that day would lack it. Wait for it, or give an earlier --end-ds"));
    }

    private static ScanRange of(
            GroupByPlan plan, Source.Events source, long leastQ, LocalDate last, Optional<String> ifLastIsMissing) {
        Query query = source.query();
        Optional<LocalDate> start = query.startPartition().map(ds -> Days.parse("startPartition", ds));
        Optional<LocalDate> end = query.endPartition().map(ds -> Days.parse("endPartition", ds));
        LocalDate to = end.filter(last::isAfter).orElse(last);
        Optional<LocalDate> from = start;
        if (!plan.hasUnbounded() && !plan.windows().isEmpty()) {
            Window longest = plan.windows().get(plan.windows().size() - 1);
            LocalDate reach = Days.of(leastQ - Days.DAY_MS - longest.lengthMs());
            from = Optional.of(start.filter(reach::isBefore).orElse(reach));
        }
        return new ScanRange(from, to, source.cumulative(), to.equals(last) ? ifLastIsMissing : Optional.empty());
    }

    /** The partitions to read, ascending; empty if none of those available lies in the range. */
    public List<LocalDate> choose(List<LocalDate> available) {
        NavigableSet<LocalDate> days = new TreeSet<>(available).headSet(to, true);
        if (latestOnly) {
            days = days.isEmpty() ? days : days.tailSet(days.last(), true);
        }
        return from.isPresent() && !latestOnly ? List.copyOf(days.tailSet(from.get(), true)) : List.copyOf(days);
    }

    /** Days between the first chosen partition and the end of the range that have none. */
    public List<LocalDate> holes(List<LocalDate> chosen) {
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
