package io.tilefold.compiler;

import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Derivation;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Names;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Checks a join's label part against the left and the features it will stand beside. What it needs of the left is selected, as keys of parts are; nothing of it is served. */
final class LabelCompiler {
    private static final String LABEL_DS = "label_ds";
    private static final Set<String> OF_EVERY_ROW = Set.of("ts", "ds");

    private final Join join;
    private final JoinPart part;
    private final CompiledGroupBy groupBy;
    private final Findings findings;
    private final Set<String> identifying = new HashSet<>();

    LabelCompiler(Join join, Join.LabelPart label, CompiledGroupBy groupBy, Findings findings) {
        this.join = join;
        this.part = label.part();
        this.groupBy = groupBy;
        this.findings = findings;
    }

    /**
     * Keys and row ids are left columns, and keys are of types that widen to the GroupBy's.
     *
     * @param left the left's columns so far; those that labels need are added
     */
    void checkKeys(Map<String, Field> left, SourceTyper typer, GroupBys groupBys) {
        for (String key : groupBy.definition().keys()) {
            String column = part.leftColumnOf(key);
            String field =
                    part.keyMapping().containsKey(column) ? "labelPart.keyMapping." + column : "labelPart.groupBy";
            Field keyColumn = groupBy.selected().field(groupBy.selected().indexOf(key));
            need(field, column, left, typer);
            if (left.containsKey(column)
                    && !JoinCompiler.widens(left.get(column).type(), keyColumn.type())) {
                findings.refuse(
                        field,
                        column,
                        "is of type " + left.get(column).type() + ", which does not widen to key " + key + " of "
                                + groupBy.name() + ", of type " + keyColumn.type(),
                        "cast it in left's selects");
            }
            if (left.containsKey(column) && !isKept(column, groupBys)) {
                findings.refuse(
                        field,
                        column,
                        "is not among the training set's columns, so labels would find no row: the join has derivations"
                                + " without a wildcard, and no part has this key",
                        "add the derivation {name: \"*\", expression: \"*\"}");
            }
        }
        for (int i = 0; i < join.rowIds().size(); i++) {
            need("rowIds[" + i + "]", join.rowIds().get(i), left, typer);
        }
    }

    private void need(String field, String column, Map<String, Field> left, SourceTyper typer) {
        identifying.add(column);
        if (!left.containsKey(column) && !OF_EVERY_ROW.contains(column)) {
            typer.need(field, column).ifPresent(found -> left.put(column, found));
        }
    }

    /** A join with derivations and no wildcard has of its left the keys of its parts. */
    private boolean isKept(String column, GroupBys groupBys) {
        if (join.derivations().isEmpty() || join.derivations().stream().anyMatch(Derivation::isWildcard)) {
            return true;
        }
        Set<String> keys = new HashSet<>();
        for (JoinPart feature : join.parts()) {
            keysOf(feature.groupBy(), groupBys).forEach(key -> keys.add(feature.leftColumnOf(key)));
        }
        for (Join.ExternalPart external : join.externalParts()) {
            external.offlineGroupBy()
                    .ifPresent(
                            offline -> keysOf(offline, groupBys).forEach(key -> keys.add(external.leftColumnOf(key))));
        }
        return keys.contains(column);
    }

    private static List<String> keysOf(String name, GroupBys groupBys) {
        return groupBys.find(name).map(GroupBy::keys).orElse(List.of());
    }

    /**
     * Labels have names of their own, beside the features and in their own table.
     *
     * @param left names of the left's columns
     * @param outputs of the join, before its derivations
     */
    void checkOutputs(Set<String> left, Schema outputs) {
        Set<String> features = new HashSet<>(left);
        features.addAll(outputs.names());
        join.derivations().forEach(derivation -> features.add(derivation.name()));
        if (features.contains(LABEL_DS)) {
            findings.refuse("labelPart", LABEL_DS, "is the label day's column, and a column of the join", "rename it");
        }
        GroupByPlan plan = GroupByPlan.compile(groupBy.definition(), groupBy.selected());
        List<Field> labels = new ArrayList<>(
                DerivationRules.derived(groupBy.definition().derivations(), plan.keys(), plan.outputSchema())
                        .fields());
        for (Field label : labels) {
            String name = Names.joinOutput(part.name(), label.name());
            if (identifying.contains(name) || name.equals(LABEL_DS)) {
                findings.refuse(
                        "labelPart",
                        name,
                        "is a label and a column that names the row",
                        "give the label part a prefix");
            } else if (features.contains(Names.label(name))) {
                findings.refuse(
                        "labelPart",
                        Names.label(name),
                        "is a label and a column of the join",
                        "give the label part a prefix, or rename the column");
            }
        }
    }
}
