package io.tilefold.batch.backfill;

import io.tilefold.batch.Days;
import io.tilefold.batch.JobException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * A training set in a table of Spark's catalog, partitioned by {@code ds}; made when missing. Which days are whole is said by properties of the table:
 *
 * <pre>
 *  tilefold.ds=2001-02-09      what the day was computed with: {@link Computed}
 * </pre>
 *
 * A day's property is taken away before its rows are touched and set when they are there. Tables of files (Parquet, ORC, Hive) lose the partition and get a new one; others,
 * Delta and Iceberg, replace the days in one transaction.
 */
final class CatalogTrainingTable implements TrainingOutput {
    private static final String DAY = "tilefold.ds=";
    private static final Set<String> OF_FILES = Set.of("parquet", "orc", "hive", "json", "csv", "avro");

    private final SparkSession spark;
    private final String name;
    private final Optional<String> format;

    /** @param format of a table that is made; none: the catalog's default */
    CatalogTrainingTable(SparkSession spark, String name, Optional<String> format) {
        this.spark = spark;
        this.name = name;
        this.format = format;
    }

    @Override
    public NavigableMap<LocalDate, Computed> days() {
        NavigableMap<LocalDate, Computed> days = new TreeMap<>();
        if (exists()) {
            for (Row property : sql("SHOW TBLPROPERTIES " + name).collectAsList()) {
                String key = property.getString(0);
                Optional<LocalDate> day =
                        key.startsWith(DAY) ? Days.find(key.substring(DAY.length())) : Optional.empty();
                day.ifPresent(found -> days.put(found, Computed.parse(property.getString(1))));
            }
        }
        return days;
    }

    @Override
    public Written replace(List<LocalDate> days, Optional<Dataset<Row>> rows, Computed with) {
        if (exists()) {
            forget(days);
        } else if (rows.isEmpty()) {
            return Written.none(); // no rows and no table: there is nothing to say of the days
        } else {
            create(rows.get());
        }
        Written written = Written.none();
        if (rows.isEmpty()) {
            delete(days);
        } else {
            CountedRows counted = new CountedRows(rows.get());
            write(days, counted.rows());
            written = counted.written();
        }
        String properties = days.stream()
                .map(day -> literal(DAY + day) + " = " + literal(with.text()))
                .collect(Collectors.joining(", "));
        var unused = sql("ALTER TABLE " + name + " SET TBLPROPERTIES (" + properties + ")");
        return written;
    }

    @Override
    public Written replaceAll(Dataset<Row> rows) {
        CountedRows counted = new CountedRows(rows);
        try {
            var writer = counted.rows().write().mode(SaveMode.Overwrite);
            format.ifPresent(writer::format);
            writer.saveAsTable(name);
        } catch (Exception e) {
            throw failure(e);
        }
        return counted.written();
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
            var writer = rows.limit(0).write().partitionBy(TrainingRows.DS);
            format.ifPresent(writer::format);
            writer.saveAsTable(name);
        } catch (Exception e) {
            throw failure(e);
        }
    }

    private void forget(List<LocalDate> days) {
        var unused = sql("ALTER TABLE " + name + " UNSET TBLPROPERTIES IF EXISTS ("
                + days.stream().map(day -> literal(DAY + day)).collect(Collectors.joining(", ")) + ")");
    }

    private void delete(List<LocalDate> days) {
        if (isOfFiles()) {
            var unused = sql("ALTER TABLE " + name + " DROP IF EXISTS "
                    + days.stream()
                            .map(day -> "PARTITION (" + TrainingRows.DS + " = " + literal(day.toString()) + ")")
                            .collect(Collectors.joining(", ")));
        } else {
            var unused = sql("DELETE FROM " + name + " WHERE " + TrainingRows.DS + " IN (" + list(days) + ")");
        }
    }

    private void write(List<LocalDate> days, Dataset<Row> rows) {
        try {
            if (isOfFiles()) {
                delete(days);
                rows.write().mode(SaveMode.Append).insertInto(name);
            } else {
                rows.writeTo(name)
                        .overwrite(functions
                                .col(TrainingRows.DS)
                                .isin(days.stream().map(LocalDate::toString).toArray()));
            }
        } catch (JobException e) {
            throw e;
        } catch (Exception e) {
            throw failure(e);
        }
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

    private static String list(List<LocalDate> days) {
        return days.stream().map(day -> literal(day.toString())).collect(Collectors.joining(", "));
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
