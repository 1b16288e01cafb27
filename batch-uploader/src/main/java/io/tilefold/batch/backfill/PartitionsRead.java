package io.tilefold.batch.backfill;

import io.tilefold.batch.JobException;
import io.tilefold.batch.Table;
import io.tilefold.batch.Tables;
import io.tilefold.core.definition.Query;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.catalog.HiveTableRelation;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.BoundReference;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.InterpretedPredicate;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.BoxedUnit;

/**
 * The day partitions that a query asks one of its tables for: those whose day passes the conditions that Spark's optimizer has put upon the partition column alone, written
 * in the query, derived from its joins, or of its answer's days where these are the table's.
 *
 * <p>Known of tables of files with days in {@code ds}, where the conditions leave out all days from one on. A table that is read to whatever its newest day is asks for nothing.
 */
final class PartitionsRead {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionsRead.class);
    private static final LocalDate NEVER = LocalDate.of(9999, 12, 31);

    private final Table table;
    private final Attribute day;
    private final List<InterpretedPredicate> conditions;
    private final NavigableSet<LocalDate> there;

    private PartitionsRead(
            Table table, Attribute day, List<InterpretedPredicate> conditions, NavigableSet<LocalDate> there) {
        this.table = table;
        this.day = day;
        this.conditions = conditions;
        this.there = there;
    }

    /** Of each table of a query that it can be said of; a table that is read twice is there twice. */
    static List<PartitionsRead> of(Dataset<Row> rows, Tables tables) {
        LogicalPlan plan = ((org.apache.spark.sql.classic.Dataset<Row>) rows)
                .queryExecution()
                .optimizedPlan();
        List<Expression> conditions = new ArrayList<>();
        plan.foreach(node -> {
            if (node instanceof Filter filter) {
                split(filter.condition(), conditions);
            }
            return BoxedUnit.UNIT;
        });
        List<PartitionsRead> read = new ArrayList<>();
        for (LogicalPlan leaf : CollectionConverters.asJava(plan.collectLeaves())) {
            of(leaf, conditions, tables).ifPresent(read::add);
        }
        return read;
    }

    private static Optional<PartitionsRead> of(LogicalPlan leaf, List<Expression> conditions, Tables tables) {
        @Nullable Attribute day = partitionColumn(leaf);
        Optional<Table> table = day == null ? Optional.empty() : table(leaf, tables);
        if (day == null || table.isEmpty()) {
            return Optional.empty();
        }
        List<InterpretedPredicate> ofDay = conditions.stream()
                .filter(Expression::deterministic)
                .filter(condition -> condition.references().size() == 1
                        && condition.references().contains(day))
                .map(condition -> new InterpretedPredicate(bound(condition, day)))
                .toList();
        NavigableSet<LocalDate> there;
        try {
            there = new TreeSet<>(table.get().partitions(Query.DEFAULT_PARTITION_COLUMN));
        } catch (JobException notByDay) {
            LOG.info("{}: not known by days", table.get().describe(), notByDay);
            return Optional.empty();
        }
        PartitionsRead read = new PartitionsRead(table.get(), day, ofDay, there);
        return read.isRead(NEVER) ? Optional.empty() : Optional.of(read);
    }

    private static @Nullable Attribute partitionColumn(LogicalPlan leaf) {
        boolean isPartitioned = leaf instanceof HiveTableRelation hive
                ? CollectionConverters.asJava(hive.partitionCols()).stream().anyMatch(PartitionsRead::isDay)
                : leaf instanceof LogicalRelation relation
                        && relation.relation() instanceof HadoopFsRelation files
                        && List.of(files.partitionSchema().fieldNames()).stream()
                                .anyMatch(Query.DEFAULT_PARTITION_COLUMN::equalsIgnoreCase);
        return isPartitioned
                ? CollectionConverters.asJava(leaf.output()).stream()
                        .filter(PartitionsRead::isDay)
                        .findFirst()
                        .orElse(null)
                : null;
    }

    private static boolean isDay(Attribute column) {
        return column.name().equalsIgnoreCase(Query.DEFAULT_PARTITION_COLUMN)
                && (column.dataType().equals(DataTypes.StringType)
                        || column.dataType().equals(DataTypes.DateType));
    }

    private static Optional<Table> table(LogicalPlan leaf, Tables tables) {
        if (leaf instanceof HiveTableRelation hive) {
            return Optional.of(tables.find(hive.tableMeta().identifier().unquotedString()));
        }
        LogicalRelation relation = (LogicalRelation) leaf;
        if (relation.catalogTable().isDefined()) {
            return Optional.of(
                    tables.find(relation.catalogTable().get().identifier().unquotedString()));
        }
        return CollectionConverters.asJava(
                        ((HadoopFsRelation) relation.relation()).location().rootPaths())
                .stream()
                .findFirst()
                .flatMap(tables::findAt);
    }

    private static void split(Expression condition, List<Expression> into) {
        if (condition instanceof And and) {
            split(and.left(), into);
            split(and.right(), into);
        } else {
            into.add(condition);
        }
    }

    private static Expression bound(Expression expression, Attribute day) {
        return expression.semanticEquals(day)
                ? new BoundReference(0, day.dataType(), true)
                : expression.mapChildren(child -> bound(child, day));
    }

    /** The table's name. */
    String table() {
        return table.name();
    }

    /** True if the partition of a day would be read. */
    boolean isRead(LocalDate partition) {
        Object value = day.dataType().equals(DataTypes.DateType)
                ? (Object) (int) partition.toEpochDay()
                : UTF8String.fromString(partition.toString());
        InternalRow row = new GenericInternalRow(new Object[] {value});
        for (InterpretedPredicate condition : conditions) {
            if (!passes(condition, row)) {
                return false;
            }
        }
        return true;
    }

    private static boolean passes(InterpretedPredicate condition, InternalRow row) {
        try {
            return condition.eval(row);
        } catch (Exception e) { // what is known only when the query runs: a subquery, a join's other side
            LOG.debug("{} is not a condition on days alone", condition, e);
            return true;
        }
    }

    /** The newest partition up to a day that is read; empty if none is that could be there or come: before its first a table has no partitions. */
    Optional<LocalDate> newest(LocalDate until) {
        for (LocalDate partition = until;
                !there.isEmpty() && !partition.isBefore(there.first());
                partition = partition.minusDays(1)) {
            if (isRead(partition)) {
                return Optional.of(partition);
            }
        }
        return Optional.empty();
    }

    /** True if each partition up to a day that is read is there. */
    boolean isWhole(LocalDate until) {
        return there.isEmpty()
                || there.first().isAfter(until)
                || there.first()
                        .datesUntil(until.plusDays(1))
                        .noneMatch(partition -> !isThere(partition) && isRead(partition));
    }

    boolean isThere(LocalDate partition) {
        return there.contains(partition) || table.isKnownEmpty(partition);
    }

    /** {@code "table raw at file:/data/raw has no partition ds=2001-02-04 (newest: 2001-02-03)"}. */
    String lacks(LocalDate partition) {
        return table.describe() + " has no partition " + Query.DEFAULT_PARTITION_COLUMN + "=" + partition + " (newest: "
                + (there.isEmpty() ? "none" : there.last()) + ")";
    }
}
