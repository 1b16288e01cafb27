package io.tilefold.batch.backfill;

import io.tilefold.batch.ColumnCheck;
import io.tilefold.batch.StartedTasks;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Observation;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/** Rows that are counted while they are written. */
final class CountedRows {
    private final Observation observation = new Observation();
    private final String[] names;
    private final Dataset<Row> rows;

    /**
     * Writes rows and counts them. If it fails, none of its tasks writes any more when this throws.
     *
     * @param store where they are written to
     * @param writing of the rows that it is given, once
     */
    static Written write(Dataset<Row> rows, PartitionStore store, Consumer<Dataset<Row>> writing) {
        return StartedTasks.awaitedOnFailure(rows.sparkSession(), "the writing of " + store, () -> {
            CountedRows counted = new CountedRows(rows);
            writing.accept(counted.rows);
            return counted.written();
        });
    }

    private CountedRows(Dataset<Row> rows) {
        names = rows.columns();
        List<Column> counts = new ArrayList<>();
        for (int i = 0; i < names.length; i++) {
            counts.add(functions.count(ColumnCheck.column(names[i])).as("column_" + i));
        }
        this.rows =
                rows.observe(observation, functions.count(functions.lit(1)).as("rows"), counts.toArray(Column[]::new));
    }

    /** Waits until they are written. */
    private Written written() {
        Row counted = observation.getRow();
        Map<String, Long> nulls = new LinkedHashMap<>();
        for (int i = 0; i < names.length; i++) {
            nulls.put(names[i], counted.getLong(0) - counted.getLong(i + 1));
        }
        return new Written(counted.getLong(0), nulls);
    }
}
