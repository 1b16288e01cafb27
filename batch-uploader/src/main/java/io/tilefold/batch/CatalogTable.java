package io.tilefold.batch;

import io.tilefold.core.value.Schema;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A table or view of Spark's catalog: Hive, Delta, Iceberg or what the session is configured for. */
final class CatalogTable implements Table {
    private static final Logger LOG = LoggerFactory.getLogger(CatalogTable.class);

    private final SparkSession spark;
    private final String name;

    /** @throws JobException saying where it was looked for */
    CatalogTable(SparkSession spark, String name) {
        this.spark = spark;
        this.name = name;
        boolean exists;
        try {
            exists = spark.catalog().tableExists(name);
        } catch (Exception e) { // no catalog of the name's first part, a malformed name, a metastore that is away
            throw notFound(spark, name, " (" + JobException.firstLine(String.valueOf(e.getMessage())) + ")", e);
        }
        if (!exists) {
            throw notFound(spark, name, "", null);
        }
    }

    private static JobException notFound(SparkSession spark, String name, String why, @Nullable Exception cause) {
        return new JobException(
                "no table " + name + ": no --table " + name + "=PATH was given, and Spark's catalog "
                        + spark.catalog().currentCatalog() + ", database "
                        + spark.catalog().currentDatabase() + ", has none of that name" + why,
                cause);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String describe() {
        return "table " + name + " of Spark's catalog";
    }

    @Override
    public StructType columns() {
        return spark.table(name).schema();
    }

    @Override
    public List<LocalDate> partitions(String partitionColumn) {
        partitionType(partitionColumn);
        return partitionValues(partitionColumn).stream()
                .map(ds -> Days.parse(describe() + ": partition " + partitionColumn, ds))
                .distinct()
                .sorted()
                .toList();
    }

    @Override
    public Dataset<Row> read(String partitionColumn, List<LocalDate> days, Schema declared) {
        ColumnCheck.check(this, columns(), declared, ColumnCheck::typed);
        DataType type = partitionType(partitionColumn);
        Column partition = ColumnCheck.column(partitionColumn);
        // Literals of the column's own type, so that partitions are pruned.
        Dataset<Row> rows = spark.table(name)
                .where(partition
                        .geq(functions.lit(days.get(0).toString()).cast(type))
                        .and(partition.leq(functions
                                .lit(days.get(days.size() - 1).toString())
                                .cast(type))));
        return ColumnCheck.conform(rows, declared, partitionColumn);
    }

    private DataType partitionType(String partitionColumn) {
        Optional<StructField> column = ColumnCheck.find(columns(), partitionColumn);
        return column.map(StructField::dataType)
                .orElseThrow(() -> new JobException(describe() + " has no partition column " + partitionColumn
                        + "; it has " + String.join(", ", columns().fieldNames())));
    }

    /** From the catalog where it keeps partitions, else (views, hidden partitioning) from the rows. */
    private List<String> partitionValues(String partitionColumn) {
        String prefix = partitionColumn.toLowerCase(Locale.ROOT) + "=";
        try {
            List<String> listed = spark.sql("SHOW PARTITIONS " + name).as(Encoders.STRING()).collectAsList().stream()
                    .flatMap(path -> Arrays.stream(path.split("/", -1)))
                    .filter(part -> part.toLowerCase(Locale.ROOT).startsWith(prefix))
                    .map(part -> part.substring(prefix.length()))
                    .toList();
            if (!listed.isEmpty()) {
                return listed;
            }
        } catch (Exception notListed) {
            LOG.info("{}: partitions are not listed, reading them from the rows", describe(), notListed);
        }
        return spark.table(name)
                .select(ColumnCheck.column(partitionColumn).cast("string"))
                .where(ColumnCheck.column(partitionColumn).isNotNull())
                .distinct()
                .as(Encoders.STRING())
                .collectAsList();
    }
}
