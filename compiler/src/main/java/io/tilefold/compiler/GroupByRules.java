package io.tilefold.compiler;

import io.tilefold.core.algebra.Operation;
import io.tilefold.core.algebra.Operations;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.time.Window;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The rules of SEMANTICS.md §9 that look at a GroupBy's form alone, not at types: one method each. */
final class GroupByRules {
    /** The operations that rank by time. */
    private static final Set<String> TIMED = Set.of("first", "last", "first_k", "last_k");

    private static final String TIME_HINT = "give query.timeColumn, an expression of epoch milliseconds";

    private final GroupBy groupBy;
    private final Joins joins;
    private final Findings findings;

    private GroupByRules(GroupBy groupBy, Joins joins, Findings findings) {
        this.groupBy = groupBy;
        this.joins = joins;
        this.findings = findings;
    }

    static void check(GroupBy groupBy, Joins joins, Findings findings) {
        GroupByRules rules = new GroupByRules(groupBy, joins, findings);
        rules.sourcesAreOfOneKind();
        rules.oneStreamingSource();
        rules.keysAreDistinct();
        rules.aggregationsWhereNeeded();
        rules.hourWindows();
        for (int i = 0; i < groupBy.sources().size(); i++) {
            Source source = groupBy.sources().get(i);
            String path = Sources.path("sources[" + i + "]", source);
            rules.tsIsTheTime(path + ".query", source.query());
            if (source instanceof Source.Events events) {
                rules.events(path, events);
            } else if (source instanceof Source.Entities entities) {
                rules.entities(path, entities);
            } else {
                rules.joinOutput(path, (Source.JoinOutput) source);
            }
        }
        for (int i = 0; i < groupBy.aggregations().size(); i++) {
            rules.warnings(
                    "aggregations[" + i + "].operation", groupBy.aggregations().get(i));
        }
    }

    private void sourcesAreOfOneKind() {
        if (groupBy.sources().isEmpty()) {
            findings.refuse("sources", "", "there is no source", "give at least one: events, entities or join");
            return;
        }
        boolean first = isEntities(groupBy.sources().get(0));
        for (int i = 1; i < groupBy.sources().size(); i++) {
            Source source = groupBy.sources().get(i);
            if (isEntities(source) != first) {
                findings.refuse(
                        "sources[" + i + "]",
                        Sources.table(source),
                        "events and entities are mixed: this is " + Sources.kind(source) + ", the first is "
                                + Sources.kind(groupBy.sources().get(0)),
                        "write a GroupBy for each and join both");
                return;
            }
        }
    }

    private void oneStreamingSource() {
        boolean seen = false;
        for (int i = 0; i < groupBy.sources().size(); i++) {
            Source source = groupBy.sources().get(i);
            Optional<String> topic = joins.topicOf(source);
            if (topic.isPresent() && seen) {
                findings.refuse(
                        Sources.path("sources[" + i + "]", source),
                        topic.get(),
                        "is a second streaming source",
                        "at most one source has a topic: remove one, or merge the topics");
            }
            seen |= topic.isPresent();
        }
    }

    private void keysAreDistinct() {
        if (groupBy.keys().isEmpty()) {
            findings.refuse("keys", "", "there is no key", "give the columns that make the key");
        }
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < groupBy.keys().size(); i++) {
            if (!seen.add(groupBy.keys().get(i))) {
                findings.refuse("keys[" + i + "]", groupBy.keys().get(i), "is a key twice", "remove one");
            }
        }
    }

    private void aggregationsWhereNeeded() {
        if (!groupBy.aggregations().isEmpty() || groupBy.sources().isEmpty()) {
            return;
        }
        boolean passesThrough =
                groupBy.sources().stream().allMatch(source -> isEntities(source) && !Sources.hasMutations(source));
        if (!passesThrough) {
            findings.refuse(
                    "aggregations",
                    "",
                    "there is no aggregation",
                    "give at least one; only entities without mutations pass their columns through");
        }
    }

    private void hourWindows() {
        boolean daily = groupBy.accuracy() == Accuracy.SNAPSHOT;
        if (!daily && groupBy.backfillStartDate().isEmpty()) {
            return;
        }
        for (int i = 0; i < groupBy.aggregations().size(); i++) {
            List<Window> windows = groupBy.aggregations().get(i).windows();
            for (int j = 0; j < windows.size(); j++) {
                String label = windows.get(j).label();
                if (label.endsWith("h")) {
                    findings.refuse(
                            "aggregations[" + i + "].windows[" + j + "]",
                            label,
                            "is a window of hours, but values are of midnight with "
                                    + (daily ? "SNAPSHOT accuracy" : "backfillStartDate"),
                            "write days, for example 1d" + (daily ? ", or accuracy: TEMPORAL" : ""));
                }
            }
        }
    }

    private void tsIsTheTime(String path, Query query) {
        String ts = query.selects().get("ts");
        if (ts == null || query.timeColumn().filter(ts::equals).isPresent()) {
            return;
        }
        findings.refuse(
                path + ".selects.ts",
                ts,
                "ts is the row's time, here selected as something else than the time column",
                "rename the column, or write timeColumn: " + ts);
    }

    private void events(String path, Source.Events events) {
        Query query = events.query();
        query.mutationTimeColumn().ifPresent(column -> refuseMutation(path + ".query.mutationTimeColumn", column));
        query.reversalColumn().ifPresent(column -> refuseMutation(path + ".query.reversalColumn", column));
        if (groupBy.accuracy() == Accuracy.TEMPORAL && query.timeColumn().isEmpty()) {
            findings.refuse(path + ".query.timeColumn", "", "TEMPORAL events need a time", TIME_HINT);
        } else if (events.cumulative() && query.timeColumn().isEmpty()) {
            findings.refuse(path + ".query.timeColumn", "", "cumulative events need a time", TIME_HINT);
        }
        if (groupBy.accuracy() == Accuracy.SNAPSHOT && events.topic().isPresent()) {
            findings.refuse(
                    path + ".topic",
                    events.topic().get(),
                    "SNAPSHOT values do not follow a topic",
                    "remove the topic, or write accuracy: TEMPORAL");
        }
    }

    private void refuseMutation(String field, String column) {
        findings.refuse(field, column, "events have no mutations", "remove it, or make the source entities");
    }

    private void entities(String path, Source.Entities entities) {
        if (groupBy.accuracy() == Accuracy.TEMPORAL) {
            String hint =
                    "TEMPORAL entities need mutationTable, and mutationTopic to be online; or write accuracy: SNAPSHOT";
            if (entities.mutationTable().isEmpty()) {
                findings.refuse(path + ".mutationTable", "", "is missing", hint);
            }
            if (groupBy.online() && entities.mutationTopic().isEmpty()) {
                findings.refuse(path + ".mutationTopic", "", "is missing", hint);
            }
        }
        if (entities.query().timeColumn().isPresent()) {
            return;
        }
        for (int i = 0; i < groupBy.aggregations().size(); i++) {
            Aggregation aggregation = groupBy.aggregations().get(i);
            if (!aggregation.windows().isEmpty()) {
                findings.refuse(
                        "aggregations[" + i + "].windows",
                        aggregation.windows().get(0).label(),
                        "windows over entities need a time",
                        TIME_HINT);
            } else if (TIMED.contains(aggregation.operation())) {
                findings.refuse(
                        "aggregations[" + i + "].operation",
                        aggregation.operation(),
                        "needs a time, and the entities have none",
                        TIME_HINT);
            }
        }
    }

    private void joinOutput(String path, Source.JoinOutput output) {
        Join parent = joins.find(output.join()).orElse(null);
        if (parent == null) {
            findings.refuse(path + ".join", output.join(), "there is no such join", joins.hint(output.join()));
        } else if (joins.topicOf(output).isEmpty()) {
            findings.refuse(
                    path + ".join",
                    output.join(),
                    "the left of the parent join has no topic",
                    "give the parent's left a topic: live takes its events");
        } else if (groupBy.online() && groupBy.accuracy() == Accuracy.TEMPORAL) {
            if (!(parent.left() instanceof Source.Events)) {
                findings.refuse(
                        path + ".join",
                        output.join(),
                        "the left of the parent join has mutations, and what its output is between two days is not defined:"
                                + " batch writes it day by day, and no table says how its rows change",
                        "give the parent events as its left, or write online: false to use it offline");
            }
            if (!parent.online()) {
                findings.refuse(
                        path + ".join",
                        output.join(),
                        "is not online, but GroupBy " + groupBy.name() + " is, which asks it about each event",
                        "write online: true in join " + output.join() + ", or online: false in GroupBy "
                                + groupBy.name());
            }
        }
    }

    private static String size(int bytes) {
        return bytes % (1 << 20) == 0 ? (bytes >> 20) + " MiB" : bytes + " bytes";
    }

    private void warnings(String field, Aggregation aggregation) {
        Operation operation = Operations.find(aggregation.operation()).orElse(null);
        if (operation == null) {
            return;
        }
        if (!operation.isBounded()) {
            findings.warn(
                    field,
                    operation.name(),
                    "its state grows with the number of distinct inputs",
                    "beyond " + size(aggregation.args().blobBound())
                            + " per key and window the value is null; a bounded operation is safer");
        }
        if (!operation.takesBack() && groupBy.isMutable()) {
            findings.warn(
                    field,
                    operation.name(),
                    "cannot take back a mutated row",
                    "its value is STALE after such a mutation until the next batch");
        }
    }

    private static boolean isEntities(Source source) {
        return source instanceof Source.Entities;
    }
}
