package io.tilefold.batch.backfill;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Rows in partitions, and small texts by name that say which of them are whole. Rows are not written at once: who keeps a record of a partition takes it away before it touches
 * the rows, and puts it back when they are there.
 */
interface PartitionStore {
    /**
     * A partition.
     *
     * @param values of the store's partition columns, in their order
     */
    record Partition(List<String> values) {
        public Partition {
            values = List.copyOf(values);
        }
    }

    /** All records. */
    SortedMap<String, String> records();

    /** Takes records away; those that are not there are not missed. */
    void remove(Collection<String> records);

    /** Puts records, over those of their names; of a table that does not exist nothing is kept. */
    void put(Map<String, String> records);

    /** Makes what can be made before anything is computed, so that a place that cannot be written is said first. */
    void prepare();

    /** Puts rows in place of these partitions, which have all of the rows. A partition without rows is empty, and its columns are known all the same. */
    Written replace(List<Partition> partitions, Dataset<Row> rows);

    /** Takes partitions away. */
    void delete(List<Partition> partitions);

    /** Puts rows in place of all there is, without partitions. */
    Written replaceAll(Dataset<Row> rows);
}
