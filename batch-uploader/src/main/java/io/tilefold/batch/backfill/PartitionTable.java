package io.tilefold.batch.backfill;

import io.tilefold.batch.JobException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * Partitions of a table of Spark's catalog, made when missing. Records are properties of the table:
 *
 * <pre>
 *  tilefold.ds=2001-02-09      what the day was computed with: {@link Computed}
 * </pre>
 *
 * Tables of files (Parquet, ORC, Hive) lose the partitions and get new ones; others, Delta and Iceberg, replace them in one transaction.
 */
final class PartitionTable implements PartitionStore {
    private static final String RECORD = "tilefold.";
    private static final Set<String> OF_FILES = Set.of("parquet", "orc", "hive", "json", "csv", "avro");

    private final SparkSession spark;
    private final String name;
    private final Optional<String> format;
    private final List<String> columns;

    /**
     * @param format of a table that is made; none: the catalog's default
     * @param columns the partition columns
     */
    PartitionTable(SparkSession spark, String name, Optional<String> format, List<String> columns) {
        this.spark = spark;
        this.name = name;
        this.format = format;
        this.columns = List.copyOf(columns);
    }

    @Override
    public SortedMap<String, String> records() {
        SortedMap<String, String> records = new TreeMap<>();
        if (exists()) {
            for (Row property : sql("SHOW TBLPROPERTIES " + name).collectAsList()) {
                String key = property.getString(0);
                if (key.startsWith(RECORD)) {
                    records.put(key.substring(RECORD.length()), property.getString(1));
                }
            }
        }
        return records;
    }

    @Override
    public void remove(Collection<String> records) {
        if (!records.isEmpty() && exists()) {
            var unused = sql("ALTER TABLE " + name + " UNSET TBLPROPERTIES IF EXISTS ("
                    + records.stream().map(record -> literal(RECORD + record)).collect(Collectors.joining(", ")) + ")");
        }
    }

    @Override
    public void put(Map<String, String> records) {
        if (!records.isEmpty() && exists()) {
            String properties = new TreeMap<>(records)
                    .entrySet().stream()
                            .map(record -> literal(RECORD + record.getKey()) + " = " + literal(record.getValue()))
                            .collect(Collectors.joining(", "));
            var unused = sql("ALTER TABLE " + name + " SET TBLPROPERTIES (" + properties + ")");
        }
    }

    /** Asks the catalog for the table: one that is away, or has no such namespace, is said. */
    @Override
    public void prepare() {
        var unused = exists();
    }

    @Override
    public Written replace(List<Partition> partitions, Dataset<Row> rows) {
        if (!exists()) {
            create(rows);
        }
        return CountedRows.write(rows, this, counted -> write(partitions, counted));
    }

    @Override
    public Written replaceAll(Dataset<Row> rows) {
        return CountedRows.write(rows, this, counted -> {
            try {
                var writer = counted.write().mode(SaveMode.Overwrite);
                format.ifPresent(writer::format);
                writer.saveAsTable(name);
            } catch (Exception e) {
                throw failure(e);
            }
        });
    }

    private boolean exists() {
        try {
            return spark.catalog().tableExists(name);
        } catch (Exception e) {
            throw failure(e);
        }
    }

    private void create(Dataset<Row> rows) {
        try {
            var writer = rows.limit(0).write().partitionBy(columns.toArray(String[]::new));
            format.ifPresent(writer::format);
            writer.saveAsTable(name);
        } catch (Exception e) {
            throw failure(e);
        }
    }

    @Override
    public void delete(List<Partition> partitions) {
        if (partitions.isEmpty() || !exists()) {
            return;
        }
        if (isOfFiles()) {
            var unused = sql("ALTER TABLE " + name + " DROP IF EXISTS "
                    + partitions.stream().map(this::specification).collect(Collectors.joining(", ")));
        } else {
            var unused = sql("DELETE FROM " + name + " WHERE " + condition(partitions));
        }
    }

    private String specification(Partition partition) {
        List<String> values = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            values.add(columns.get(i) + " = " + literal(partition.values().get(i)));
        }
        return "PARTITION (" + String.join(", ", values) + ")";
    }

    private void write(List<Partition> partitions, Dataset<Row> rows) {
        try {
            if (isOfFiles()) {
                delete(partitions);
                rows.write().mode(SaveMode.Append).insertInto(name);
            } else {
                rows.writeTo(name).overwrite(functions.expr(condition(partitions)));
            }
        } catch (JobException e) {
            throw e;
        } catch (Exception e) {
            throw failure(e);
        }
    }

    /** What the rows of some partitions have in the partition columns: a list of the last column's values for each combination of the others'. */
    private String condition(List<Partition> partitions) {
        int last = columns.size() - 1;
        Map<List<String>, List<String>> lasts = new LinkedHashMap<>();
        for (Partition partition : partitions) {
            lasts.computeIfAbsent(partition.values().subList(0, last), ignored -> new ArrayList<>())
                    .add(literal(partition.values().get(last)));
        }
        List<String> alternatives = new ArrayList<>();
        lasts.forEach((values, ofLast) -> {
            List<String> all = new ArrayList<>();
            for (int i = 0; i < last; i++) {
                all.add(columns.get(i) + " = " + literal(values.get(i)));
            }
            all.add(columns.get(last) + " IN (" + String.join(", ", ofLast) + ")");
            alternatives.add("(" + String.join(" AND ", all) + ")");
        });
        return String.join(" OR ", alternatives);
    }

    private boolean isOfFiles() {
        List<String> provider = new ArrayList<>();
        for (Row line : sql("DESCRIBE TABLE EXTENDED " + name).collectAsList()) {
            if ("Provider".equalsIgnoreCase(line.getString(0))) {
                provider.add(line.getString(1).toLowerCase(java.util.Locale.ROOT));
            }
        }
        return provider.stream().anyMatch(OF_FILES::contains);
    }

    private static String literal(String text) {
        return "'"
                + text.replace("\\", "\\\\")
                        .replace("'", "\\'")
                        .replace("\n", "\\n")
                        .replace("\t", "\\t") + "'";
    }

    private Dataset<Row> sql(String statement) {
        try {
            return spark.sql(statement);
        } catch (Exception e) {
            throw failure(e);
        }
    }

    private JobException failure(Exception e) {
        return new JobException(
                "table " + name + " of Spark's catalog: " + JobException.firstLine(String.valueOf(e.getMessage())), e);
    }

    @Override
    public String toString() {
        return "table " + name;
    }
}
