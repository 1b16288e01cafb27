package io.tilefold.batch;

import io.tilefold.core.tile.SegmentSummary;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** What a shard's task tells the driver. */
record SegmentResult(SegmentSummary summary, Tally tally, StateLimits limits) {
    Row toRow() {
        return RowFactory.create(
                summary.shard(),
                summary.length(),
                summary.crc32c(),
                summary.keyCount(),
                tally.toBytes(),
                limits.toBytes());
    }

    static SegmentResult fromRow(Row row) {
        return new SegmentResult(
                new SegmentSummary(row.getInt(0), row.getLong(1), row.getInt(2), row.getLong(3)),
                Tally.fromBytes(row.getAs(4)),
                StateLimits.fromBytes(row.getAs(5)));
    }
}
