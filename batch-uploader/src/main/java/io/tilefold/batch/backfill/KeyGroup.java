package io.tilefold.batch.backfill;

import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.value.ValueType;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;

/**
 * The parts of a join that are found by the same left columns: one shuffle, one pass.
 *
 * @param index of the group in the join
 * @param leftColumns names, in the order of the parts' keys
 * @param columns their indexes in the left
 */
record KeyGroup(int index, List<String> leftColumns, int[] columns, List<PartPlan> parts) implements Serializable {
    private static final long serialVersionUID = 1;

    /** The groups of parts, in the order of their first ones. */
    static List<KeyGroup> of(CompiledJoin join, List<PartPlan> parts) {
        Map<List<String>, List<PartPlan>> byColumns = new LinkedHashMap<>();
        for (PartPlan part : parts) {
            byColumns
                    .computeIfAbsent(part.leftColumns(), ignored -> new ArrayList<>())
                    .add(part);
        }
        List<KeyGroup> groups = new ArrayList<>();
        byColumns.forEach((columns, ofGroup) -> groups.add(new KeyGroup(
                groups.size(),
                new ArrayList<>(columns),
                columns.stream().mapToInt(join.left()::indexOf).toArray(),
                new ArrayList<>(ofGroup))));
        return groups;
    }

    List<ValueType> keyTypes(LeftLayout left) {
        List<ValueType> types = new ArrayList<>();
        for (int column : columns) {
            types.add(left.type(column));
        }
        return types;
    }

    /**
     * Left rows with the answers of the group's parts behind them, in one shuffle.
     *
     * @param partRows what the parts' sources have for these left rows
     * @param leastMs the least moment asked for
     * @param partitions of the shuffle
     */
    JavaRDD<byte[]> answered(
            SparkSession spark,
            JavaRDD<byte[]> leftRows,
            LeftLayout left,
            PartRows partRows,
            SkewSettings skew,
            long leastMs,
            int partitions) {
        HeavyKeys heavy = partRows.heavyKeys(this, skew);
        JavaRDD<InternalRow> rows = leftRows.mapPartitions(new LeftKeys(left, this, heavy));
        for (JavaRDD<InternalRow> ofPart : partRows.of(this, heavy)) {
            rows = rows.union(ofPart);
        }
        return SortedRow.sorted(spark, rows, partitions).mapPartitions(new AnswerTask(this, leastMs));
    }
}
