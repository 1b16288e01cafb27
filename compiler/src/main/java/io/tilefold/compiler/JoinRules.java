package io.tilefold.compiler;

import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Source;
import io.tilefold.core.time.Window;
import io.tilefold.core.value.ValueType;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The rules of SEMANTICS.md §9 that look at a join's form and its parts' definitions, not at types: one method each. */
final class JoinRules {
    private static final String CONTEXTUAL = "contextual";

    private final Join join;
    private final GroupBys groupBys;
    private final Findings findings;

    private JoinRules(Join join, GroupBys groupBys, Findings findings) {
        this.join = join;
        this.groupBys = groupBys;
        this.findings = findings;
    }

    static void check(Join join, GroupBys groupBys, Findings findings) {
        JoinRules rules = new JoinRules(join, groupBys, findings);
        rules.left();
        rules.partNames();
        for (int i = 0; i < join.parts().size(); i++) {
            rules.part("parts[" + i + "]", join.parts().get(i));
        }
        rules.skewKeys();
        rules.externalParts();
        join.labelPart().ifPresent(rules::labelPart);
    }

    private void left() {
        String path = Sources.path("left", join.left());
        if (join.left() instanceof Source.JoinOutput output) {
            findings.refuse(path, output.join(), "a join cannot be a left", "give events or entities");
        }
        if (join.left() instanceof Source.Events events) {
            if (events.cumulative()) {
                findings.refuse(
                        path + ".cumulative",
                        "true",
                        "cumulative events cannot be a left: each partition repeats all rows",
                        "give a table whose partitions hold their own day");
            }
            if (events.query().timeColumn().isEmpty()) {
                findings.refuse(
                        path + ".query.timeColumn",
                        "",
                        "left events need a time",
                        "give query.timeColumn, an expression of epoch milliseconds");
            }
        }
        String ts = join.left().query().selects().get("ts");
        if (ts != null) {
            findings.refuse(
                    path + ".query.selects.ts", ts, "ts is the name of the left row's time", "rename the column");
        }
    }

    private void partNames() {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < join.parts().size(); i++) {
            JoinPart part = join.parts().get(i);
            if (!seen.add(part.name())) {
                findings.refuse(
                        "parts[" + i + "]",
                        part.name(),
                        "is the prefix and name of another part",
                        "give one of them another prefix");
            }
        }
    }

    /** The GroupBy a field names; refuses one that is not defined. */
    private Optional<GroupBy> groupBy(String field, String name) {
        Optional<GroupBy> groupBy = groupBys.find(name);
        if (groupBy.isEmpty() && !groupBys.isUnread(name)) {
            findings.refuse(field, name, "there is no such GroupBy", groupBys.hint(name));
        }
        return groupBy;
    }

    private void part(String path, JoinPart part) {
        groupBy(path + ".groupBy", part.groupBy()).ifPresent(groupBy -> part(path, part, groupBy));
    }

    private void part(String path, JoinPart part, GroupBy groupBy) {
        if (join.online() && !groupBy.online()) {
            findings.refuse(
                    path + ".groupBy",
                    part.groupBy(),
                    "is not online, but the join is",
                    "write online: true in the GroupBy, or remove it from the join");
        }
        if (join.production() && !groupBy.production()) {
            findings.refuse(
                    path + ".groupBy",
                    part.groupBy(),
                    "is not production, but the join is",
                    "write production: true in the GroupBy, or remove it from the join");
        }
        keyMapping(path, part, groupBy);
    }

    private void keyMapping(String path, JoinPart part, GroupBy groupBy) {
        Set<String> mapped = new HashSet<>();
        part.keyMapping().forEach((left, right) -> {
            String field = path + ".keyMapping." + left;
            if (!groupBy.keys().contains(right)) {
                findings.refuse(
                        field,
                        right,
                        "is no key of " + groupBy.name(),
                        "its keys are " + String.join(", ", groupBy.keys()));
            } else if (!mapped.add(right)) {
                findings.refuse(field, right, "is mapped to twice", "give each key one left column");
            }
        });
    }

    private void skewKeys() {
        Set<String> keys = new HashSet<>();
        for (JoinPart part : join.parts()) {
            groupBys.find(part.groupBy())
                    .ifPresent(groupBy -> groupBy.keys().forEach(key -> keys.add(part.leftColumnOf(key))));
        }
        for (String column : join.skewKeys().keySet()) {
            if (!keys.contains(column)) {
                findings.refuse(
                        "skewKeys." + column,
                        column,
                        "is no key of any part",
                        "left columns that are keys: "
                                + String.join(", ", keys.stream().sorted().toList()));
            }
        }
    }

    private void externalParts() {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < join.externalParts().size(); i++) {
            Join.ExternalPart part = join.externalParts().get(i);
            String field = "externalParts[" + i + "].name";
            if (part.name().equals(CONTEXTUAL)) {
                findings.refuse(field, part.name(), "is the name of the contextual fields", "give it another name");
            } else if (!seen.add(part.prefix().orElse("") + "/" + part.name())) {
                findings.refuse(field, part.name(), "is an external source twice", "give one of them another prefix");
            }
            externalPart("externalParts[" + i + "]", part, join.externalParts().subList(0, i));
        }
    }

    private void externalPart(String path, Join.ExternalPart part, List<Join.ExternalPart> before) {
        if (part.values().size() == 0) {
            findings.refuse(path + ".values", "", "gives no value", "name the columns and their types");
        }
        if (part.keys().fields().stream().anyMatch(key -> !(key.type() instanceof ValueType.Scalar))
                || part.keys().size() == 0) {
            findings.refuse(
                    path + ".keys",
                    part.keys().toString(),
                    "an external source is asked by scalar keys, at least one",
                    "name the key columns and their types");
        }
        part.keyMapping().forEach((left, right) -> {
            if (part.keys().find(right).isEmpty()) {
                findings.refuse(
                        path + ".keyMapping." + left,
                        right,
                        "is no key of " + part.name(),
                        "its keys are " + String.join(", ", part.keys().names()));
            }
        });
        part.offlineGroupBy()
                .flatMap(name -> groupBy(path + ".offlineGroupBy", name))
                .filter(groupBy -> !Set.copyOf(groupBy.keys())
                        .equals(Set.copyOf(part.keys().names())))
                .ifPresent(groupBy -> findings.refuse(
                        path + ".offlineGroupBy",
                        groupBy.name(),
                        "has other keys than " + part.name() + ": " + String.join(", ", groupBy.keys()),
                        "name the external part's keys like the GroupBy's"));
        boolean differs = before.stream()
                .anyMatch(other -> other.name().equals(part.name())
                        && !(other.keys().equals(part.keys()) && other.values().equals(part.values())));
        if (differs) {
            findings.refuse(
                    path + ".values",
                    part.name(),
                    "has other keys or values than before",
                    "a source is asked once for all its parts: declare it the same in each");
        }
    }

    private void labelPart(Join.LabelPart label) {
        if (!(join.left() instanceof Source.Events)) {
            findings.refuse(
                    "labelPart",
                    label.groupBy(),
                    "labels are of left events, and the left is " + Sources.kind(join.left()),
                    "give a left of events, or remove labelPart");
        }
        groupBy("labelPart.groupBy", label.groupBy()).ifPresent(groupBy -> {
            keyMapping("labelPart", label.part(), groupBy);
            labelPart(label, groupBy);
        });
    }

    private void labelPart(Join.LabelPart label, GroupBy groupBy) {
        boolean passesThrough = groupBy.aggregations().isEmpty()
                && groupBy.sources().stream().allMatch(source -> source instanceof Source.Entities);
        if (passesThrough) {
            if (label.startDays() < label.endDays()) {
                findings.refuse(
                        "labelPart.startDays",
                        Integer.toString(label.startDays()),
                        "is less than endDays, " + label.endDays()
                                + ": labels are of left rows from startDays to endDays"
                                + " before, so no row would have any",
                        "write startDays: " + label.endDays() + ", endDays: " + label.startDays());
            }
            return;
        }
        List<Window> windows = groupBy.aggregations().stream()
                .map(Aggregation::effectiveWindows)
                .flatMap(List::stream)
                .toList();
        if (groupBy.aggregations().size() != 1 || windows.size() != 1 || !isDays(windows.get(0))) {
            findings.refuse(
                    "labelPart.groupBy",
                    label.groupBy(),
                    "gives no label: labels are entities without aggregation, or one aggregation over one window of"
                            + " days",
                    "write a GroupBy of that form");
            return;
        }
        long days = windows.get(0).lengthMs() / 86_400_000;
        if (label.startDays() != days || label.endDays() != days) {
            findings.refuse(
                    "labelPart.startDays",
                    Integer.toString(label.startDays()),
                    "start and end of an aggregated label are its window, " + days + " days",
                    "write startDays: " + days + ", endDays: " + days);
        }
    }

    private static boolean isDays(Window window) {
        return !window.isUnbounded() && window.label().endsWith("d");
    }
}
