package io.tilefold.batch;

import java.io.IOException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.jspecify.annotations.Nullable;

/**
 * What was committed, as JSON beside others: {@code DIR/route-2001-02-09-v12.json}. Written after the commit, whole or not at all.
 *
 * @param definition the id, hexadecimal
 * @param how from kept tiles or from the sources, and why
 */
record UploadRecord(
        String groupBy,
        String definition,
        String ds,
        long batchEndMs,
        long version,
        String committedAt,
        long durationMs,
        String how,
        List<Position> positions,
        Rows rows,
        long keys,
        long bytes,
        long keysBeyondBounds,
        List<Segment> segments,
        List<SourceTable> sources) {
    /** The commit's position in a shard group's log. */
    record Position(int shardGroup, long position) {}

    /** What became of the rows that pass the queries' conditions. */
    record Rows(long read, long kept, long nullKey, long nullTime, long afterBatchEnd, long beforeLongestWindow) {
        static Rows of(Tally tally) {
            return new Rows(tally.read, tally.kept(), tally.nullKey, tally.nullTime, tally.afterEnd, tally.beforeReach);
        }
    }

    /** @param crc32c hexadecimal */
    record Segment(int shard, long length, String crc32c, long keys) {
        static Segment of(SegmentResult result) {
            return new Segment(
                    result.summary().shard(),
                    result.summary().length(),
                    HexFormat.of().toHexDigits(result.summary().crc32c()),
                    result.summary().keyCount());
        }
    }

    /**
     * A source.
     *
     * @param missing days between the first and the last that have no partition
     * @param fingerprints why partitions have none; null where they have
     */
    record SourceTable(
            String table,
            List<Partition> partitions,
            List<String> missing,
            @Nullable String fingerprints) {
        static SourceTable of(SourceRows.Scan scan, SourceFiles files) {
            List<Partition> partitions = new ArrayList<>();
            scan.days()
                    .forEach(day -> partitions.add(
                            new Partition(day.toString(), files.days().get(day))));
            return new SourceTable(
                    scan.table(),
                    partitions,
                    scan.holes().stream().map(LocalDate::toString).toList(),
                    files.problem().orElse(null));
        }
    }

    /** @param files null where they are not known */
    record Partition(String day, @Nullable Fingerprint files) {}

    static UploadRecord of(
            UploadReport report,
            String definition,
            LocalDate ds,
            Instant committedAt,
            String how,
            List<SourceRows.Scan> scans,
            List<SourceFiles> files) {
        List<SourceTable> sources = new ArrayList<>();
        for (int i = 0; i < scans.size(); i++) {
            sources.add(SourceTable.of(scans.get(i), files.get(i)));
        }
        return new UploadRecord(
                report.plan().name(),
                definition,
                ds.toString(),
                Days.batchEndMs(ds),
                report.version(),
                committedAt.toString(),
                report.durationMs(),
                how,
                report.positions().stream()
                        .map(position -> new Position(position.shardGroup(), position.position()))
                        .toList(),
                Rows.of(report.tally()),
                report.keys(),
                report.bytes(),
                report.limits().keys(),
                report.segments().stream().map(Segment::of).toList(),
                sources);
    }

    /** Makes the directory: what cannot be written is known before a version is. */
    static void makeDirectory(Optional<String> directory, Configuration conf) {
        directory.ifPresent(at -> {
            try {
                Path path = new Path(at);
                if (!path.getFileSystem(conf).mkdirs(path)) {
                    throw new IOException("it cannot be made");
                }
            } catch (IOException e) {
                throw new JobException("--records " + at + ": " + e.getMessage(), e);
            }
        });
    }

    /** @throws JobException that says what was committed all the same */
    void write(String directory, Configuration conf) {
        Path file = new Path(
                directory, io.tilefold.core.definition.Names.clean(groupBy) + "-" + ds + "-v" + version + ".json");
        try {
            FileSystem files = file.getFileSystem(conf);
            TileDirectory.writeWhole(files, file, this);
        } catch (IOException e) {
            throw new JobException(
                    "version " + version + " is committed, but its record cannot be written: " + file + ": "
                            + e.getMessage(),
                    e);
        }
    }
}
