package io.tilefold.batch;

import io.tilefold.core.value.Schema;
import java.time.LocalDate;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/** A day-partitioned table of the warehouse. */
public interface Table {
    String name();

    /** Where it is, for messages: {@code "table flights at file:/data/flights"}. */
    String describe();

    /** Its columns as its newest data has them, partition columns included. */
    StructType columns();

    /**
     * Its day partitions, ascending.
     *
     * @throws JobException if it is not partitioned by this column
     */
    List<LocalDate> partitions(String partitionColumn);

    /** True if the job that writes this table has noted that a day which has no partition is whole, and so has no rows. */
    default boolean isKnownEmpty(LocalDate day) {
        return false;
    }

    /**
     * The rows of some partitions: the declared columns with their declared types, and the partition column. Wider types than the table's
     * are cast to; what text cannot be read as is null.
     *
     * @param days ascending, not empty
     * @throws JobException naming every declared column that is missing or of another type
     */
    Dataset<Row> read(String partitionColumn, List<LocalDate> days, Schema declared);
}
