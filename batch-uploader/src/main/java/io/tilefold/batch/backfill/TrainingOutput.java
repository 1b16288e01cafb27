package io.tilefold.batch.backfill;

import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Where a training set is written, and which of its days are whole: a day is there with what it was computed with, or not at all. */
interface TrainingOutput {
    /** The days that are whole. */
    NavigableMap<LocalDate, Computed> days();

    /** Puts rows in place of these days; a day without rows is empty and whole. */
    Written replace(List<LocalDate> days, Optional<Dataset<Row>> rows, Computed with);

    /** Puts rows in place of all there is. */
    Written replaceAll(Dataset<Row> rows);

    /** Rows and nulls that were written. */
    record Written(long rows, Map<String, Long> nulls) {
        static Written none() {
            return new Written(0, new LinkedHashMap<>());
        }

        Written plus(Written other) {
            Map<String, Long> both = new LinkedHashMap<>(nulls);
            other.nulls.forEach((column, count) -> both.merge(column, count, Long::sum));
            return new Written(rows + other.rows, both);
        }
    }
}
