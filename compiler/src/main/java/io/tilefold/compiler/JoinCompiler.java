package io.tilefold.compiler;

import io.tilefold.catalog.DefinitionIds;
import io.tilefold.compiler.reader.Located;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.definition.Derivation;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Names;
import io.tilefold.core.definition.Source;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.expressions.SqlFunctions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Compiles one join: its rules, its left's types, its parts' keys and outputs, its id. */
final class JoinCompiler {
    private final Located<?> located;
    private final Join join;
    private final Tables tables;
    private final GroupBys groupBys;
    private final Findings findings;
    private static final String READS_ONLINE = DerivationRules.READS
            + "; online it knows no other left columns: declare one as contextual and read ext_contextual_{its name}";

    private final Map<String, Field> left = new LinkedHashMap<>();
    private final Set<String> keys = new LinkedHashSet<>();
    private Schema leftSource = new Schema(List.of());
    private Schema outputs = new Schema(List.of());

    /** @param definition of {@code located} */
    JoinCompiler(Located<?> located, Join definition, Tables tables, GroupBys groupBys, Findings findings) {
        this.located = located;
        this.join = definition;
        this.tables = tables;
        this.groupBys = groupBys;
        this.findings = findings;
    }

    /** Empty if it, or one of its parts, is refused. */
    Optional<Joins.Parent> compile() {
        JoinRules.check(join, groupBys, findings);
        if (join.left() instanceof Source.JoinOutput) {
            return Optional.empty();
        }
        String path = Sources.path("left", join.left());
        SqlFunctions functions = SetupRules.check(path + ".query", join.left().query(), findings);
        for (int i = 0; i < join.bootstrapParts().size(); i++) {
            SqlFunctions unused = SetupRules.check(
                    "bootstrapParts[" + i + "].query",
                    join.bootstrapParts().get(i).query(),
                    findings);
        }
        tables.find(path, join.left(), located.columnsOf(0), findings)
                .map(table -> new SourceTyper(path, join.left(), table, functions, findings))
                .ifPresent(this::checkTypes);
        List<DefinitionId> parts = join.parts().stream()
                .flatMap(part -> groupBys.findCompiled(part.groupBy()).stream())
                .map(CompiledGroupBy::id)
                .toList();
        List<DefinitionId> offline = join.offlineGroupBys().stream()
                .flatMap(name -> groupBys.findCompiled(name).stream())
                .map(CompiledGroupBy::id)
                .toList();
        boolean hasLabels = join.labelPart()
                .map(label -> groupBys.findCompiled(label.groupBy()).isPresent())
                .orElse(true);
        if (findings.isRefused()
                || !hasLabels
                || parts.size() < join.parts().size()
                || offline.size() < join.offlineGroupBys().size()) {
            return Optional.empty();
        }
        List<DefinitionId> ingredients = new ArrayList<>(parts);
        ingredients.addAll(offline);
        Schema leftSchema = new Schema(List.copyOf(left.values()));
        CompiledJoin compiled =
                new CompiledJoin(DefinitionIds.of(join, leftSchema, ingredients), join, leftSource, leftSchema);
        return Optional.of(new Joins.Parent(compiled, table(leftSchema)));
    }

    /** Columns of the table that batch writes: the left's (without a wildcard in the derivations the keys alone), its time, the outputs, and the day. */
    private Schema table(Schema leftSchema) {
        Map<String, Field> columns = new LinkedHashMap<>();
        boolean hasAll =
                join.derivations().isEmpty() || join.derivations().stream().anyMatch(Derivation::isWildcard);
        leftSchema.fields().stream()
                .filter(field -> hasAll || joinedOn().contains(field.name()))
                .forEach(field -> columns.put(field.name(), field));
        if (join.left().query().timeColumn().isPresent()) {
            columns.put("ts", new Field("ts", ValueType.Scalar.LONG));
        }
        DerivationRules.derived(join.derivations(), leftSchema, outputs)
                .fields()
                .forEach(field -> columns.put(field.name(), field));
        columns.put("ds", new Field("ds", ValueType.Scalar.STRING));
        return new Schema(List.copyOf(columns.values()));
    }

    /** Left columns that are keys of parts, and of what external parts have offline. */
    private Set<String> joinedOn() {
        Set<String> columns = new LinkedHashSet<>();
        for (JoinPart part : join.parts()) {
            groupBys.find(part.groupBy())
                    .ifPresent(groupBy -> groupBy.keys().forEach(key -> columns.add(part.leftColumnOf(key))));
        }
        for (Join.ExternalPart part : join.externalParts()) {
            if (part.offlineGroupBy().isPresent()) {
                part.keys().names().forEach(key -> columns.add(part.leftColumnOf(key)));
            }
        }
        return columns;
    }

    private void checkTypes(SourceTyper typer) {
        typer.checkQuery();
        for (String alias : join.left().query().selects().keySet()) {
            typer.need("left", alias).ifPresent(field -> left.put(alias, field));
        }
        for (int i = 0; i < join.parts().size(); i++) {
            JoinPart part = join.parts().get(i);
            String field = "parts[" + i + "]";
            groupBys.findCompiled(part.groupBy()).ifPresent(groupBy -> checkKeys(field, part, groupBy, typer));
        }
        for (int i = 0; i < join.externalParts().size(); i++) {
            checkExternalKeys("externalParts[" + i + "]", join.externalParts().get(i), typer);
        }
        join.contextual().ifPresent(contextual -> contextual.fields().forEach(field -> checkContextual(field, typer)));
        Optional<LabelCompiler> labels = join.labelPart()
                .flatMap(label -> groupBys.findCompiled(label.groupBy())
                        .map(groupBy -> new LabelCompiler(join, label, groupBy, findings)));
        labels.ifPresent(part -> part.checkKeys(left, typer, groupBys));
        leftSource = typer.readColumns();
        outputs = checkOutputs();
        labels.ifPresent(part -> part.checkOutputs(left.keySet(), outputs));
        List<Field> readable = join.online()
                ? left.values().stream()
                        .filter(field -> keys.contains(field.name()))
                        .toList()
                : List.copyOf(left.values());
        DerivationRules.check(
                join.derivations(),
                new Schema(readable),
                outputs,
                join.online() ? READS_ONLINE : DerivationRules.READS,
                findings);
    }

    private void checkExternalKeys(String path, Join.ExternalPart part, SourceTyper typer) {
        for (Field key : part.keys().fields()) {
            String column = part.leftColumnOf(key.name());
            String field =
                    part.keyMapping().containsKey(column) ? path + ".keyMapping." + column : path + ".keys." + column;
            checkKey(field, column, key, "external part " + part.name(), typer);
        }
        part.offlineGroupBy()
                .flatMap(groupBys::findCompiled)
                .ifPresent(offline -> checkOffline(path + ".offlineGroupBy", part, offline));
    }

    /** What stands for an external part offline is found by the same keys and gives its values. */
    private void checkOffline(String path, Join.ExternalPart part, CompiledGroupBy offline) {
        for (Field key : part.keys().fields()) {
            offline.selected()
                    .find(key.name())
                    .filter(column -> !widens(key.type(), column.type()))
                    .ifPresent(column -> findings.refuse(
                            path,
                            offline.name(),
                            "its key " + key.name() + " is of type " + column.type() + ", the external part's of type "
                                    + key.type(),
                            "cast it in the GroupBy's selects"));
        }
        GroupByPlan plan = GroupByPlan.compile(offline.definition(), offline.selected());
        Schema given = DerivationRules.derived(offline.definition().derivations(), plan.keys(), plan.outputSchema());
        for (Field value : part.values().fields()) {
            Optional<Field> output = given.find(value.name());
            if (output.isEmpty()) {
                findings.refuse(
                        path,
                        offline.name(),
                        "has no output " + value.name() + ", which " + part.name() + " gives; it has "
                                + String.join(", ", given.names()),
                        "derive one of that name in the GroupBy");
            } else if (!widens(output.get().type(), value.type())) {
                findings.refuse(
                        path,
                        offline.name(),
                        "its output " + value.name() + " is of type "
                                + output.get().type() + ", that of " + part.name() + " of type " + value.type(),
                        "declare that type, or derive a cast in the GroupBy");
            }
        }
    }

    private void checkKey(String field, String column, Field key, String part, SourceTyper typer) {
        Optional.ofNullable(left.get(column))
                .or(() -> typer.need(field, column))
                .ifPresent(leftColumn -> {
                    left.put(column, leftColumn);
                    keys.add(column);
                    if (!widens(leftColumn.type(), key.type())) {
                        findings.refuse(
                                field,
                                column,
                                "is of type " + leftColumn.type() + ", which does not widen to key " + key.name()
                                        + " of " + part + ", of type " + key.type(),
                                "cast it in left's selects");
                    }
                });
    }

    /** Offline a contextual field is the left column of its name. */
    private void checkContextual(Field contextual, SourceTyper typer) {
        String field = "contextual." + contextual.name();
        if (!typer.has(contextual.name())) {
            findings.warn(
                    field,
                    contextual.name(),
                    "is no left column, so it is null in training data",
                    "select a column of that name in left");
            return;
        }
        typer.need(field, contextual.name()).ifPresent(column -> {
            left.put(column.name(), column);
            if (!column.type().equals(contextual.type())) {
                findings.refuse(
                        field,
                        contextual.name(),
                        "is of type " + contextual.type() + ", the left column of type " + column.type(),
                        "declare the column's type, or cast it in left's selects");
            }
        });
    }

    private void checkKeys(String path, JoinPart part, CompiledGroupBy groupBy, SourceTyper typer) {
        for (String key : groupBy.definition().keys()) {
            String column = part.leftColumnOf(key);
            String field = part.keyMapping().containsKey(column) ? path + ".keyMapping." + column : path + ".groupBy";
            Field keyColumn = groupBy.selected().field(groupBy.selected().indexOf(key));
            checkKey(field, column, keyColumn, groupBy.name(), typer);
        }
    }

    /** Equal types, or an integer to a wider one (SEMANTICS.md §6). */
    static boolean widens(ValueType from, ValueType to) {
        if (from.isInteger() && to.isInteger()) {
            return ((ValueType.Scalar) from).compareTo((ValueType.Scalar) to) <= 0;
        }
        return from.equals(to);
    }

    /** The parts' outputs under their names in the join; they differ from each other and from the left's columns. */
    private Schema checkOutputs() {
        Map<String, Field> outputs = new LinkedHashMap<>();
        Map<String, String> parts = new HashMap<>();
        for (int i = 0; i < join.parts().size(); i++) {
            JoinPart part = join.parts().get(i);
            CompiledGroupBy groupBy = groupBys.findCompiled(part.groupBy()).orElse(null);
            if (groupBy == null) {
                continue;
            }
            String field = "parts[" + i + "]";
            GroupByPlan plan = GroupByPlan.compile(groupBy.definition(), groupBy.selected());
            Schema partOutputs =
                    DerivationRules.derived(groupBy.definition().derivations(), plan.keys(), plan.outputSchema());
            for (Field output : partOutputs.fields()) {
                String name = Names.joinOutput(part.name(), output.name());
                String other = parts.putIfAbsent(name, part.name());
                // Parts of one name are refused as such, once.
                if (other != null && !other.equals(part.name())) {
                    findings.refuse(
                            field, name, "is an output of part " + other + " too", "give one of them another prefix");
                }
                if (left.containsKey(name) || name.equals("ts") || name.equals("ds")) {
                    findings.refuse(
                            field,
                            name,
                            "is an output and a left column",
                            "rename the left column, or give the part a prefix");
                }
                outputs.putIfAbsent(name, new Field(name, output.type()));
            }
        }
        Set<String> externals = new HashSet<>();
        for (int i = 0; i < join.externalParts().size(); i++) {
            Join.ExternalPart part = join.externalParts().get(i);
            String prefix = Names.external(part.prefix().orElse(null), part.name());
            if (externals.add(prefix)) { // one that is repeated is refused as such, once
                addExternalOutputs("externalParts[" + i + "].values.", prefix, part, outputs);
            }
        }
        join.contextual()
                .ifPresent(contextual -> contextual.fields().forEach(field -> {
                    String name = Names.contextual(field.name());
                    if (outputs.putIfAbsent(name, new Field(name, field.type())) != null || left.containsKey(name)) {
                        findings.refuse(
                                "contextual." + field.name(),
                                name,
                                "is the name of another column",
                                "rename the field");
                    }
                }));
        return new Schema(List.copyOf(outputs.values()));
    }

    private void addExternalOutputs(String path, String prefix, Join.ExternalPart part, Map<String, Field> outputs) {
        for (Field value : part.values().fields()) {
            String name = Names.joinOutput(prefix, value.name());
            if (outputs.putIfAbsent(name, new Field(name, value.type())) != null || left.containsKey(name)) {
                findings.refuse(
                        path + value.name(), name, "is the name of another column", "give the part another prefix");
            }
        }
    }
}
