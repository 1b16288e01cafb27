package io.tilefold.batch.backfill;

import io.tilefold.batch.SparkTypes;
import io.tilefold.batch.Tables;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.Derivation;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Names;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * The rows of a training set: the left's columns, {@code ts} where the left has a time, the parts' outputs under their names in the join, then what is derived,
 * and {@code ds}. A join with derivations and no wildcard has the keys instead of the other left columns, and of the outputs what is derived.
 */
final class TrainingRows {
    static final String TS = "ts";
    static final String DS = "ds";

    private final CompiledJoin join;
    private final List<PartPlan> parts;
    private final List<ExternalColumns> externals;
    private final List<KeyGroup> groups;
    private final LeftLayout left;
    private final Bootstrap bootstrap;
    private final boolean hasTime;

    TrainingRows(
            CompiledJoin join,
            List<PartPlan> parts,
            List<ExternalColumns> externals,
            List<KeyGroup> groups,
            LeftLayout left,
            Tables tables) {
        this.bootstrap = new Bootstrap(tables, join, left);
        this.join = join;
        this.parts = parts;
        this.externals = externals;
        this.groups = groups;
        this.left = left;
        this.hasTime = join.definition().left().query().timeColumn().isPresent();
    }

    Dataset<Row> of(SparkSession spark, JavaRDD<byte[]> answered, List<LocalDate> days) {
        AnswerDecoder decoder = new AnswerDecoder(left, groups);
        Dataset<Row> rows = decoder.decode(spark, answered);
        Map<String, String> outputs = new LinkedHashMap<>();
        for (int i = 0; i < parts.size(); i++) {
            PartPlan part = parts.get(i);
            DerivedColumns.Result derived = derive(rows, part, decoder.firstOutput(part), "__tilefold_part_" + i + "_");
            rows = derived.rows();
            derived.outputs().forEach((name, column) -> outputs.put(Names.joinOutput(part.name(), name), column));
        }
        rows = withContextual(rows, outputs);
        for (int i = 0; i < externals.size(); i++) {
            ExternalColumns external = externals.get(i);
            Map<String, String> offline = new LinkedHashMap<>();
            if (external.offline().isPresent()) {
                PartPlan part = external.offline().get();
                DerivedColumns.Result derived =
                        derive(rows, part, decoder.firstOutput(part), "__tilefold_external_" + i + "_");
                rows = derived.rows();
                offline = derived.outputs();
            }
            rows = external.added(join.name(), rows, offline, outputs);
        }
        rows = bootstrapped(bootstrap.joined(rows, days), outputs, "__tilefold_given_");
        Map<String, String> inputs = leftColumns();
        inputs.put(TS, AnswerDecoder.column(left.ts()));
        inputs.put(DS, AnswerDecoder.column(left.day()));
        DerivedColumns.Result derived = new DerivedColumns(
                        "Join " + join.name(), join.definition().derivations())
                .apply(rows, inputs, outputs, "__tilefold_join_");
        Set<String> names = new HashSet<>(outputs.keySet());
        Map<String, String> all = new LinkedHashMap<>(derived.outputs());
        names.addAll(all.keySet());
        bootstrap.checkNames(names);
        all.keySet().removeAll(outputs.keySet());
        Map<String, String> results = new LinkedHashMap<>(derived.outputs());
        rows = bootstrapped(derived.rows(), all, "__tilefold_given_derived_");
        results.putAll(all);
        return named(rows, results);
    }

    /** Contextual fields are the left's columns of their names, if it has them. */
    private Dataset<Row> withContextual(Dataset<Row> rows, Map<String, String> outputs) {
        List<Column> columns = columns(rows);
        for (Field field : join.definition().contextual().map(Schema::fields).orElse(List.of())) {
            int column =
                    left.columns().fields().stream().map(Field::name).toList().indexOf(field.name());
            outputs.put(
                    Names.contextual(field.name()),
                    column < 0 ? nothing(field, columns) : AnswerDecoder.column(column));
        }
        return added(rows, columns);
    }

    /** Adds a column of nulls and returns its name. */
    private static String nothing(Field field, List<Column> columns) {
        String name = "__tilefold_nothing_" + columns.size();
        columns.add(functions.lit(null).cast(SparkTypes.toSpark(field.type())).as(name));
        return name;
    }

    /** Adds a column for each output that a bootstrap part may give, and has the output read there. */
    private Dataset<Row> bootstrapped(Dataset<Row> rows, Map<String, String> outputs, String prefix) {
        List<Column> columns = columns(rows);
        for (Map.Entry<String, String> output : outputs.entrySet()) {
            if (bootstrap.has(output.getKey())) {
                Column computed = functions.col(output.getValue());
                String name = prefix + columns.size();
                columns.add(bootstrap
                        .of(output.getKey(), computed)
                        .cast(rows.schema().apply(output.getValue()).dataType())
                        .as(name));
                output.setValue(name);
            }
        }
        return added(rows, columns);
    }

    private static Dataset<Row> added(Dataset<Row> rows, List<Column> columns) {
        return columns.size() == rows.columns().length ? rows : rows.select(columns.toArray(Column[]::new));
    }

    private static List<Column> columns(Dataset<Row> rows) {
        List<Column> columns = new ArrayList<>();
        for (String name : rows.columns()) {
            columns.add(functions.col(name));
        }
        return columns;
    }

    private DerivedColumns.Result derive(Dataset<Row> rows, PartPlan part, int firstOutput, String prefix) {
        GroupBy definition = part.groupBy().definition();
        Map<String, String> outputs = new LinkedHashMap<>();
        for (Field output : part.outputs().fields()) {
            outputs.put(output.name(), AnswerDecoder.column(firstOutput + outputs.size()));
        }
        Map<String, String> inputs = new LinkedHashMap<>();
        KeyGroup group = groups.stream()
                .filter(candidate -> candidate.parts().contains(part))
                .findFirst()
                .orElseThrow();
        for (int i = 0; i < definition.keys().size(); i++) {
            inputs.put(definition.keys().get(i), AnswerDecoder.column(group.columns()[i]));
        }
        inputs.put(TS, AnswerDecoder.column(left.ts()));
        inputs.put(DS, AnswerDecoder.column(left.day()));
        return new DerivedColumns("GroupBy " + definition.name(), definition.derivations())
                .apply(rows, inputs, outputs, prefix);
    }

    private Map<String, String> leftColumns() {
        Map<String, String> columns = new LinkedHashMap<>();
        for (int i = 0; i < left.columns().size(); i++) {
            columns.put(left.columns().field(i).name(), AnswerDecoder.column(i));
        }
        return columns;
    }

    private Dataset<Row> named(Dataset<Row> rows, Map<String, String> outputs) {
        List<Derivation> derivations = join.definition().derivations();
        Map<String, String> all = leftColumns();
        if (!derivations.isEmpty() && derivations.stream().noneMatch(Derivation::isWildcard)) {
            all.keySet()
                    .retainAll(groups.stream()
                            .flatMap(group -> group.leftColumns().stream())
                            .toList());
        }
        all.remove(DS); // the partition is of that name
        if (hasTime) {
            all.put(TS, AnswerDecoder.column(left.ts()));
        }
        all.putAll(outputs);
        all.put(DS, AnswerDecoder.column(left.day()));
        List<Column> columns = new ArrayList<>();
        all.forEach((name, column) -> columns.add(functions.col(column).as(name)));
        return rows.select(columns.toArray(Column[]::new));
    }
}
