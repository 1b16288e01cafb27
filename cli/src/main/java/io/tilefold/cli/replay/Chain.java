package io.tilefold.cli.replay;

import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Source;
import io.tilefold.core.time.Window;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a join needs of its catalog: the GroupBys of its parts; the joins whose outputs these read, its parents; their GroupBys; and so on.
 *
 * <p>What is <em>served</em> is what answers depend on: the parts, and the parents that are asked about events. The <em>tables</em> of all parents are what batch reads, also those
 * of GroupBys that only stand for external parts offline, or are refreshed daily.
 */
final class Chain {
    private static final long DAY_MS = 86_400_000L;

    /** All days there are. */
    private static final long UNBOUNDED = Long.MAX_VALUE;

    private final Catalog catalog;
    private final Map<String, CompiledJoin> servedJoins = new LinkedHashMap<>();
    private final Map<String, CompiledGroupBy> servedGroupBys = new LinkedHashMap<>();

    /** Of each parent, behind its own parents: how many days before the first one asked for its table begins. */
    private final Map<String, Long> reaches = new LinkedHashMap<>();

    Chain(Catalog catalog, CompiledJoin join) {
        this.catalog = catalog;
        serve(join);
        read(join, 0);
    }

    /**
     * The table of a parent.
     *
     * @param first day that is read; empty: the first there is
     */
    record ParentTable(CompiledJoin join, Optional<LocalDate> first) {}

    /** What is served, alone. */
    Catalog served() {
        return new Catalog(List.copyOf(servedGroupBys.values()), List.copyOf(servedJoins.values()), List.of());
    }

    /** The tables of all parents, each behind those from which it is computed. */
    List<ParentTable> tables(LocalDate start) {
        List<ParentTable> tables = new ArrayList<>();
        reaches.forEach((name, days) -> tables.add(new ParentTable(
                join(name), days == UNBOUNDED ? Optional.empty() : Optional.of(start.minusDays(days)))));
        return tables;
    }

    private void serve(CompiledJoin join) {
        if (servedJoins.put(join.name(), join) != null) {
            return;
        }
        for (JoinPart part : join.definition().parts()) {
            CompiledGroupBy groupBy = groupBy(part.groupBy());
            servedGroupBys.put(groupBy.name(), groupBy);
            asked(groupBy).forEach(this::serve);
        }
    }

    /** The parents that are asked about events for a GroupBy. */
    private Stream<CompiledJoin> asked(CompiledGroupBy groupBy) {
        return groupBy.definition().sources().stream()
                .filter(source -> isAsked(groupBy, source))
                .map(source -> join(((Source.JoinOutput) source).join()));
    }

    /** True if a source is the output of a join that is asked about events. */
    static boolean isAsked(CompiledGroupBy groupBy, Source source) {
        return source instanceof Source.JoinOutput output
                && output.topic().isPresent()
                && groupBy.definition().accuracy() == Accuracy.TEMPORAL;
    }

    private void read(CompiledJoin join, long reach) {
        Stream.concat(
                        join.definition().parts().stream().map(JoinPart::groupBy),
                        join.definition().offlineGroupBys().stream())
                .map(this::groupBy)
                .forEach(groupBy -> groupBy.definition().sources().forEach(source -> {
                    if (source instanceof Source.JoinOutput output) {
                        long further = further(reach, groupBy);
                        read(join(output.join()), further); // and with it puts those before it
                        reaches.merge(output.join(), further, Math::max);
                    }
                }));
    }

    /** An answer at the beginning of a day needs the days from that of {@code q - 1 day - W} on: SEMANTICS.md §3. */
    private static long further(long reach, CompiledGroupBy groupBy) {
        long longestMs = groupBy.definition().aggregations().stream()
                .map(Aggregation::effectiveWindows)
                .flatMap(List::stream)
                .mapToLong(Window::lengthMs)
                .max()
                .orElse(Window.UNBOUNDED_MS);
        return reach == UNBOUNDED || longestMs == Window.UNBOUNDED_MS
                ? UNBOUNDED
                : reach + 1 + (longestMs + DAY_MS - 1) / DAY_MS;
    }

    private CompiledGroupBy groupBy(String name) {
        return catalog.groupBy(name)
                .orElseThrow(() -> new IllegalArgumentException("the catalog has no GroupBy " + name
                        + ", which a join needs: compile all definitions together"));
    }

    private CompiledJoin join(String name) {
        return catalog.join(name)
                .orElseThrow(() -> new IllegalArgumentException("the catalog has no join " + name
                        + ", whose output a GroupBy reads: compile all definitions together"));
    }
}
