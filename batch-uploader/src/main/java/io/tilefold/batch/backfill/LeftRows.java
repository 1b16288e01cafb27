package io.tilefold.batch.backfill;

import io.tilefold.batch.CatalystRows;
import io.tilefold.batch.Days;
import io.tilefold.batch.QueryRows;
import io.tilefold.batch.QueryRows.Extra;
import io.tilefold.batch.Setups;
import io.tilefold.batch.Table;
import io.tilefold.batch.Tables;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/** A join's left: which days it has, and its rows after wheres and skew keys. */
final class LeftRows {
    private final CompiledJoin join;
    private final Query query;
    private final Table table;
    private final QueryRows rows;
    private final List<KeyGroup> groups;
    private final LeftLayout layout;

    LeftRows(SparkSession spark, Tables tables, CompiledJoin join, List<KeyGroup> groups) {
        Source left = join.definition().left();
        this.join = join;
        this.query = left.query();
        this.table = tables.find(
                left instanceof Source.Events events ? events.table() : ((Source.Entities) left).snapshotTable());
        this.rows = new QueryRows(spark, "Join " + join.name() + ", left", table, query, join.left());
        this.groups = groups;
        this.layout = new LeftLayout(join.left(), groups.size());
    }

    LeftLayout layout() {
        return layout;
    }

    boolean isOfEvents() {
        return join.definition().left() instanceof Source.Events;
    }

    /** Days of the left's partitions, within its query's start and end, ascending. */
    List<LocalDate> days() {
        LocalDate start = query.startPartition()
                .map(ds -> Days.parse("startPartition", ds))
                .orElse(LocalDate.MIN);
        LocalDate end =
                query.endPartition().map(ds -> Days.parse("endPartition", ds)).orElse(LocalDate.MAX);
        return table.partitions(query.partitionColumn()).stream()
                .filter(day -> !day.isBefore(start) && !day.isAfter(end))
                .toList();
    }

    /** The encoded rows of some of these days; {@link LeftLayout} says how. */
    JavaRDD<byte[]> encoded(List<LocalDate> days) {
        try (Setups unused = rows.setUp()) {
            return CatalystRows.of(selected(days)).mapPartitions(new LeftEncoder(layout, isOfEvents()));
        }
    }

    private Dataset<Row> selected(List<LocalDate> days) {
        Dataset<Row> passing = rows.passing(days, join.leftSource());
        Map<String, List<String>> skewKeys = join.definition().skewKeys();
        if (!skewKeys.isEmpty()) {
            passing = passing.where(functions.not(areSkewed(List.copyOf(skewKeys.keySet()))));
        }
        List<Extra> extras = new ArrayList<>();
        boolean hasTime = query.timeColumn().isPresent();
        extras.add(new Extra(
                "__tilefold_ts",
                hasTime ? rows.timeMs(passing) : functions.lit(null).cast("bigint")));
        extras.add(new Extra("__tilefold_day", rows.partitionDay()));
        for (KeyGroup group : groups) {
            List<String> listed =
                    group.leftColumns().stream().filter(skewKeys::containsKey).toList();
            extras.add(new Extra(
                    "__tilefold_no_key_" + group.index(), listed.isEmpty() ? functions.lit(false) : areSkewed(listed)));
        }
        return rows.select(passing, extras);
    }

    /** True if each of the columns holds one of its listed values or null. */
    private Column areSkewed(List<String> columns) {
        Join definition = join.definition();
        String condition = columns.stream()
                .map(column -> {
                    String sql = "(" + query.selects().getOrDefault(column, "`" + column + "`") + ")";
                    return "(" + sql + " IS NULL OR " + sql + " IN ("
                            + String.join(", ", definition.skewKeys().getOrDefault(column, List.of())) + "))";
                })
                .collect(Collectors.joining(" AND "));
        return functions.coalesce(functions.expr(condition), functions.lit(false));
    }
}
