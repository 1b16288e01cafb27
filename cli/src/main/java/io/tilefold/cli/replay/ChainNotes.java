package io.tilefold.cli.replay;

import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Where a GroupBy of a join's output may have other values live than in batch by what is defined: lines for people, so that a difference is not looked for elsewhere. */
final class ChainNotes {
    private ChainNotes() {}

    /**
     * Of what is served.
     *
     * @param replayed whose own output nothing reads
     */
    static List<String> of(Catalog served, String replayed) {
        List<String> notes = new ArrayList<>();
        for (CompiledJoin parent : served.joins()) {
            if (!parent.name().equals(replayed)) {
                ofParent(parent, notes);
            }
        }
        Map<String, Set<String>> times = new TreeMap<>();
        Set<String> asking = new TreeSet<>();
        for (CompiledGroupBy groupBy : served.groupBys()) {
            for (Source source : groupBy.definition().sources()) {
                boolean isAsked = Chain.isAsked(groupBy, source);
                if (isAsked) {
                    ofRows(groupBy, (Source.JoinOutput) source, notes);
                    asking.add(source.streamTopic().orElseThrow());
                }
                if (source.streamTopic().isPresent() && groupBy.definition().accuracy() == Accuracy.TEMPORAL) {
                    times.computeIfAbsent(source.streamTopic().get(), topic -> new TreeSet<>())
                            .add(time(served, source, isAsked));
                }
            }
        }
        times.keySet().retainAll(asking);
        times.forEach((topic, expressions) -> {
            if (expressions.size() > 1) {
                notes.add("topic " + topic + " is read with the times " + String.join(", ", expressions)
                        + ": an event is played at the first of them, joins are asked about it at their left's");
            }
        });
        return notes;
    }

    private static void ofParent(CompiledJoin parent, List<String> notes) {
        if (!parent.definition().bootstrapParts().isEmpty()) {
            notes.add("join " + parent.name()
                    + " has bootstrap parts: its table takes their columns, its answers do not");
        }
        if (!parent.definition().skewKeys().isEmpty()) {
            notes.add("join " + parent.name() + " has skewKeys: its table lacks their rows, its answers do not");
        }
    }

    private static void ofRows(CompiledGroupBy groupBy, Source.JoinOutput source, List<String> notes) {
        source.query()
                .timeColumn()
                .filter(time -> !time.equals("ts"))
                .ifPresent(time ->
                        notes.add("GroupBy " + groupBy.name() + " gives rows of join " + source.join() + " the time "
                                + time + ": batch counts them from then on, live when the event of the left comes"));
    }

    private static String time(Catalog served, Source source, boolean isAsked) {
        Query query = isAsked
                ? served.join(((Source.JoinOutput) source).join())
                        .orElseThrow()
                        .definition()
                        .left()
                        .query()
                : source.query();
        return query.timeColumn().orElse("(none)");
    }
}
