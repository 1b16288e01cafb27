package io.tilefold.compiler;

import io.tilefold.catalog.DefinitionIds;
import io.tilefold.compiler.WarehouseSchemas.TableSchema;
import io.tilefold.compiler.reader.Located;
import io.tilefold.core.algebra.OperationArgs;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Source;
import io.tilefold.core.plan.DefinitionException;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.expressions.SqlFunctions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Compiles one GroupBy: its rules, its types, its plan, its id. */
final class GroupByCompiler {
    private static final Pattern AGGREGATION_FIELD = Pattern.compile("aggregations\\[(\\d+)\\]\\.(.+)");

    private static final String TIME = "ts";

    private final Located<?> located;
    private final GroupBy groupBy;
    private final Tables tables;
    private final Joins joins;
    private final Findings findings;

    /** @param definition of {@code located} */
    GroupByCompiler(Located<?> located, GroupBy definition, Tables tables, Joins joins, Findings findings) {
        this.located = located;
        this.groupBy = joins.withTopics(definition);
        this.tables = tables;
        this.joins = joins;
        this.findings = findings;
    }

    /** Empty if it, or a join whose output it reads, is refused. */
    Optional<CompiledGroupBy> compile() {
        GroupByRules.check(groupBy, joins, findings);
        UnservedFeatures.check(groupBy, joins, findings);
        List<Schema> sourceSchemas = new ArrayList<>();
        Optional<Schema> selected = Optional.empty();
        for (int i = 0; i < groupBy.sources().size(); i++) {
            Optional<Schema> own = select(i, sourceSchemas);
            if (selected.isEmpty()) {
                selected = own;
            } else if (own.isPresent()) {
                checkEqual(i, selected.get(), own.get());
            }
        }
        boolean keysAreDistinct =
                Set.copyOf(groupBy.keys()).size() == groupBy.keys().size();
        if (selected.isEmpty() || !keysAreDistinct) {
            return Optional.empty();
        }
        Schema row = selected.get();
        checkKeyTypes(row);
        checkPlan(row)
                .ifPresent(plan -> DerivationRules.check(
                        groupBy.derivations(), plan.keys(), plan.outputSchema(), DerivationRules.READS, findings));
        List<String> parents = groupBy.sources().stream()
                .flatMap(source ->
                        source instanceof Source.JoinOutput output ? Stream.of(output.join()) : Stream.empty())
                .toList();
        List<DefinitionId> parentIds = parents.stream()
                .flatMap(parent -> joins.findCompiled(parent).stream())
                .map(parent -> parent.join().id())
                .toList();
        if (findings.isRefused() || parentIds.size() < parents.size()) {
            return Optional.empty();
        }
        return Optional.of(new CompiledGroupBy(
                DefinitionIds.of(groupBy, sourceSchemas, row, parentIds), groupBy, sourceSchemas, row));
    }

    /** Types what a source selects; empty if something is wrong. */
    private Optional<Schema> select(int index, List<Schema> sourceSchemas) {
        Source source = groupBy.sources().get(index);
        String path = Sources.path("sources[" + index + "]", source);
        SqlFunctions functions = SetupRules.check(path + ".query", source.query(), findings);
        SourceTyper typer = table(path, source, located.columnsOf(index))
                .map(table -> new SourceTyper(path, source, table, functions, findings))
                .orElse(null);
        if (typer == null) {
            return Optional.empty();
        }
        typer.checkQuery();
        if (source instanceof Source.JoinOutput && source.query().timeColumn().isEmpty() && typer.has(TIME)) {
            Optional<Field> unused = typer.need(path, TIME); // its rows' time
        }
        List<Field> fields = new ArrayList<>();
        boolean whole = true;
        for (Map.Entry<String, String> needed : neededColumns(source).entrySet()) {
            Optional<Field> field = typer.need(needed.getValue(), needed.getKey());
            field.ifPresent(fields::add);
            whole &= field.isPresent();
        }
        sourceSchemas.add(typer.readColumns());
        return whole ? Optional.of(new Schema(fields)) : Optional.empty();
    }

    /** The data model of a source; that of a join's output follows from the join. */
    private Optional<TableSchema> table(String path, Source source, Optional<Schema> given) {
        if (!(source instanceof Source.JoinOutput output)) {
            return tables.find(path, source, given, findings);
        }
        Optional<Schema> table = joins.findCompiled(output.join()).map(Joins.Parent::table);
        if (table.isEmpty()) {
            return given.map(TableSchema::new); // the join is refused, or not there, which is said already
        }
        given.ifPresent(columns -> checkGiven(path + ".columns", output.join(), columns, table.get()));
        return table.map(TableSchema::new);
    }

    private void checkGiven(String path, String join, Schema given, Schema table) {
        for (Field column : given.fields()) {
            Optional<Field> known = table.find(column.name());
            if (known.isEmpty() || !known.get().type().equals(column.type())) {
                findings.refuse(
                        path + "." + column.name(),
                        column.type().toString(),
                        known.map(field -> "is of type " + field.type() + " in the output of join " + join)
                                .orElse("is no column of the output of join " + join + ", which has "
                                        + String.join(", ", table.names())),
                        "leave columns out: they follow from the join");
            }
        }
    }

    /** Columns in the order of the row, each with the first field that names it: keys, then inputs and buckets in order of use. */
    private Map<String, String> neededColumns(Source source) {
        Map<String, String> needed = new LinkedHashMap<>();
        for (int i = 0; i < groupBy.keys().size(); i++) {
            needed.putIfAbsent(groupBy.keys().get(i), "keys[" + i + "]");
        }
        for (int i = 0; i < groupBy.aggregations().size(); i++) {
            Aggregation aggregation = groupBy.aggregations().get(i);
            needed.putIfAbsent(aggregation.inputColumn(), "aggregations[" + i + "].inputColumn");
            for (int j = 0; j < aggregation.buckets().size(); j++) {
                needed.putIfAbsent(aggregation.buckets().get(j), "aggregations[" + i + "].buckets[" + j + "]");
            }
        }
        if (groupBy.aggregations().isEmpty()) {
            source.query().selects().keySet().forEach(alias -> needed.putIfAbsent(alias, "sources"));
        }
        return needed;
    }

    private void checkEqual(int index, Schema first, Schema own) {
        String path = Sources.path("sources[" + index + "]", groupBy.sources().get(index)) + ".query.selects";
        if (!first.names().equals(own.names())) {
            findings.refuse(
                    path,
                    String.join(", ", own.names()),
                    "selects other columns than the first source: " + String.join(", ", first.names()),
                    "select the same columns from every source");
            return;
        }
        for (Field field : own.fields()) {
            ValueType expected = first.field(first.indexOf(field.name())).type();
            if (!field.type().equals(expected)) {
                findings.refuse(
                        path + "." + field.name(),
                        field.name(),
                        "is of type " + field.type() + ", in the first source of type " + expected,
                        "cast one of them");
            }
        }
    }

    private void checkKeyTypes(Schema row) {
        for (int i = 0; i < groupBy.keys().size(); i++) {
            Field key = row.field(row.indexOf(groupBy.keys().get(i)));
            if (!(key.type() instanceof ValueType.Scalar)) {
                findings.refuse(
                        "keys[" + i + "]",
                        key.name(),
                        "is of type " + key.type(),
                        "a key is boolean, numeric, string or binary: select an expression of such a type");
            }
        }
    }

    /** Plans each aggregation alone, so that each tells its own problem, then all together for what concerns them together. */
    private Optional<GroupByPlan> checkPlan(Schema row) {
        boolean each = true;
        for (int i = 0; i < groupBy.aggregations().size(); i++) {
            each &= plan(with(List.of(groupBy.aggregations().get(i))), row, i).isPresent();
        }
        return each ? plan(groupBy, row, 0) : Optional.empty();
    }

    private Optional<GroupByPlan> plan(GroupBy definition, Schema row, int firstAggregation) {
        try {
            return Optional.of(GroupByPlan.compile(definition, row));
        } catch (DefinitionException e) {
            String field = e.field().replace("aggregations[0]", "aggregations[" + firstAggregation + "]");
            findings.refuse(field, valueOf(e.field(), definition), e.problem(), e.hint());
            return Optional.empty();
        }
    }

    /** What the definition says at a field of an aggregation; empty for another field. */
    private static String valueOf(String field, GroupBy definition) {
        Matcher matcher = AGGREGATION_FIELD.matcher(field);
        if (!matcher.matches()) {
            return "";
        }
        Aggregation aggregation = definition.aggregations().get(Integer.parseInt(matcher.group(1)));
        return switch (matcher.group(2)) {
            case "inputColumn" -> aggregation.inputColumn();
            case "operation" -> aggregation.operation();
            case "buckets" -> String.join(", ", aggregation.buckets());
            case "elementWise" -> String.valueOf(aggregation.elementWise());
            case "args" -> valueOf(aggregation.args());
            case "args.maxStateBytes" ->
                String.valueOf(aggregation.args().maxStateBytes().orElseThrow());
            default -> "";
        };
    }

    private static String valueOf(OperationArgs args) {
        List<String> given = new ArrayList<>();
        args.k().ifPresent(k -> given.add("k: " + k));
        if (!args.percentiles().isEmpty()) {
            given.add("percentiles: " + args.percentiles());
        }
        args.maxStateBytes().ifPresent(bytes -> given.add("maxStateBytes: " + bytes));
        return String.join(", ", given);
    }

    private GroupBy with(List<Aggregation> aggregations) {
        return new GroupBy(
                groupBy.name(),
                groupBy.sources(),
                groupBy.keys(),
                aggregations,
                groupBy.accuracy(),
                groupBy.online(),
                groupBy.production(),
                groupBy.derivations(),
                groupBy.backfillStartDate(),
                groupBy.metaData());
    }
}
