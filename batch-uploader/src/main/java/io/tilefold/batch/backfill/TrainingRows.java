package io.tilefold.batch.backfill;

import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.Derivation;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Names;
import io.tilefold.core.value.Field;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
    private final List<KeyGroup> groups;
    private final LeftLayout left;
    private final boolean hasTime;

    TrainingRows(CompiledJoin join, List<PartPlan> parts, List<KeyGroup> groups, LeftLayout left) {
        this.join = join;
        this.parts = parts;
        this.groups = groups;
        this.left = left;
        this.hasTime = join.definition().left().query().timeColumn().isPresent();
    }

    Dataset<Row> of(SparkSession spark, JavaRDD<byte[]> answered) {
        AnswerDecoder decoder = new AnswerDecoder(left, groups);
        Dataset<Row> rows = decoder.decode(spark, answered);
        Map<String, String> outputs = new LinkedHashMap<>();
        for (int i = 0; i < parts.size(); i++) {
            PartPlan part = parts.get(i);
            DerivedColumns.Result derived = derive(rows, part, decoder.firstOutput(part), "__tilefold_part_" + i + "_");
            rows = derived.rows();
            derived.outputs().forEach((name, column) -> outputs.put(Names.joinOutput(part.name(), name), column));
        }
        Map<String, String> inputs = leftColumns();
        inputs.put(TS, AnswerDecoder.column(left.ts()));
        inputs.put(DS, AnswerDecoder.column(left.day()));
        DerivedColumns.Result derived = new DerivedColumns(
                        "Join " + join.name(), join.definition().derivations())
                .apply(rows, inputs, outputs, "__tilefold_join_");
        return named(derived.rows(), derived.outputs());
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
