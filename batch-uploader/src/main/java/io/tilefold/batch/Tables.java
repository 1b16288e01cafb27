package io.tilefold.batch;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/** The tables of a job by name: those given with {@code --table}, all others from Spark's catalog. */
public final class Tables {
    private final SparkSession spark;
    private final Map<String, TableLocation> locations = new HashMap<>();

    /** @throws JobException if a name is given twice */
    public Tables(SparkSession spark, List<TableLocation> given) {
        this.spark = spark;
        for (TableLocation location : given) {
            if (locations.put(location.table(), location) != null) {
                throw new JobException("--table " + location.table() + " is given twice");
            }
        }
    }

    /**
     * Makes the tables that are given by path known to SQL by their names.
     *
     * @throws JobException if one has a name that SQL would look for in a catalog
     */
    public void register() {
        for (TableLocation location : locations.values()) {
            if (location.table().contains(".")) {
                throw new JobException("--table " + location.table() + "=" + location.path()
                        + ": SQL looks for a name with a dot in a catalog; give the table a name without one");
            }
            FileTable table = new FileTable(spark, location);
            table.rows().createOrReplaceTempView(location.table());
        }
    }

    /** @throws JobException if there is none, saying where it was looked for */
    public Table find(String name) {
        TableLocation location = locations.get(name);
        return location == null ? new CatalogTable(spark, name) : new FileTable(spark, location);
    }

    /** The table that was given by this path, with its file system's scheme. */
    public Optional<Table> findAt(Path root) {
        return locations.values().stream()
                .map(location -> new FileTable(spark, location))
                .filter(table -> table.isAt(root))
                .map(Table.class::cast)
                .findFirst();
    }
}
