package io.tilefold.batch.backfill;

import java.time.LocalDate;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** A table of values, day by day. */
interface Backfill {
    String name();

    /** What the values are computed with: other definitions, another id. */
    Computed computedWith();

    /** True if there is one table and no days: it is written anew each time. */
    default boolean isWhole() {
        return false;
    }

    /** Days that can be computed, ascending. */
    List<LocalDate> days();

    /**
     * Of the days of a step those that cannot be computed yet, and what they wait for.
     *
     * @param days ascending, not empty
     */
    default SortedMap<LocalDate, String> waiting(List<LocalDate> days) {
        return new TreeMap<>();
    }

    /** The rows of some of the days, with the day in column {@code ds}; none, but with all columns, if there is nothing to compute them from. */
    Dataset<Row> rows(List<LocalDate> days);
}
