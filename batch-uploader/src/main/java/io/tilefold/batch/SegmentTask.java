package io.tilefold.batch;

import io.tilefold.client.NodeCredentials;
import io.tilefold.client.call.CallException;
import io.tilefold.client.upload.UploadClient;
import io.tilefold.client.upload.UploadOptions;
import io.tilefold.client.upload.UploadProgress;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.plan.BaseRecordBuilder;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.tile.SegmentHeader;
import io.tilefold.core.tile.SegmentSummary;
import io.tilefold.core.tile.SegmentWriter;
import io.tilefold.core.value.FlatRow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import org.agrona.concurrent.UnsafeBuffer;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.unsafe.types.UTF8String;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One shard's task: streams the shard's events, or tiles of them, sorted by key and newest first, into a segment file, and the file to the ingest node. Memory: one
 * key's record and the segment's index. Runs for an empty shard too: the node expects a segment of every shard.
 *
 * <p>A retried or speculative task writes a file of its own and replaces what the lost one sent; its bytes are the same, because its rows and their order
 * are. (Where scan tasks were repeated too, the tiles that they fold are the same if their source gives its rows in the same order, as files do: decision 0045.)
 */
final class SegmentTask implements FlatMapFunction<Iterator<InternalRow>, Row> {
    private static final long serialVersionUID = 1;
    private static final Logger LOG = LoggerFactory.getLogger(SegmentTask.class);

    private final ShippedPlan plan;
    private final long version;
    private final int shardCount;
    private final long batchEndMs;
    private final String[] ingest;
    private final NodeCredentials credentials;
    private final String workDirectory;
    private final String upload = UUID.randomUUID().toString();

    /**
     * @param ingest by shard, the node that takes its segment
     * @param credentials with which it is reached; their files are read where the task runs
     */
    SegmentTask(
            ShippedPlan plan,
            long version,
            int shardCount,
            long batchEndMs,
            String[] ingest,
            NodeCredentials credentials,
            String workDirectory) {
        this.plan = plan;
        this.version = version;
        this.shardCount = shardCount;
        this.batchEndMs = batchEndMs;
        this.ingest = ingest.clone();
        this.credentials = credentials;
        this.workDirectory = workDirectory;
    }

    @Override
    public Iterator<Row> call(Iterator<InternalRow> rows) {
        JvmFlags.check();
        TaskContext task = TaskContext.get();
        int shard = task.partitionId();
        CompiledGroupBy groupBy = plan.groupBy();
        DefinitionId definition = groupBy.id();
        String name = definition.abbreviated() + "-v" + version + "-shard-" + shard + "-" + task.taskAttemptId();
        Path directory = Path.of(workDirectory);
        Path unfinished = directory.resolve(name + ".part");
        Path file = directory.resolve(name + ".seg");
        try {
            Files.createDirectories(directory);
            GroupByPlan compiled = GroupByPlan.compile(groupBy.definition(), groupBy.selected());
            Tally tally = new Tally();
            StateLimits limits = new StateLimits(compiled.tiles().accumulatorCount());
            SegmentHeader header = new SegmentHeader(definition, version, shard, shardCount, batchEndMs);
            SegmentSummary summary;
            try (FileChannel channel =
                    FileChannel.open(unfinished, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                summary = write(compiled, rows, tally, limits, new SegmentWriter(header, channel));
            }
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
            upload(file, summary);
            return List.of(new SegmentResult(summary, tally, limits).toRow()).iterator();
        } catch (IOException | UncheckedIOException e) {
            throw new JobException("shard " + shard + ", segment " + file + ": " + e.getMessage(), e);
        } catch (CallException e) {
            throw new JobException(String.valueOf(e.getMessage())); // gRPC's exceptions do not serialize
        } finally {
            deleteQuietly(unfinished);
            deleteQuietly(file);
        }
    }

    private SegmentSummary write(
            GroupByPlan compiled, Iterator<InternalRow> rows, Tally tally, StateLimits limits, SegmentWriter segment)
            throws IOException {
        BaseRecordBuilder records = new BaseRecordBuilder(compiled, batchEndMs);
        FlatRow event = new FlatRow();
        UnsafeBuffer keyBytes = new UnsafeBuffer(0, 0);
        UnsafeBuffer eventBytes = new UnsafeBuffer(0, 0);
        UTF8String key = UTF8String.EMPTY_UTF8;
        while (rows.hasNext()) {
            InternalRow row = rows.next();
            UTF8String rowKey = row.getUTF8String(1); // the row's own memory
            byte[] rowEvent = row.getBinary(3);
            if (EventEncoder.isTally(rowKey)) {
                tally.add(Tally.fromBytes(rowEvent));
                continue;
            }
            boolean isFirst = !rowKey.equals(key);
            if (isFirst) {
                if (key.numBytes() > 0) {
                    append(segment, records, limits);
                }
                byte[] copy = rowKey.getBytes();
                key = UTF8String.fromBytes(copy);
                keyBytes.wrap(copy);
                records.start(keyBytes, 0, copy.length);
            }
            eventBytes.wrap(rowEvent);
            if (EventEncoder.isTile(row.getInt(0), shardCount)) {
                records.addTile(eventBytes, 0, row.getLong(2));
            } else {
                long timeMs = row.getLong(2);
                event.wrap(
                        eventBytes,
                        0,
                        EventEncoder.eventLength(timeMs, rowEvent),
                        compiled.row().size());
                if (!isFirst && compiled.passesThrough()) {
                    throw EntityKeys.secondRow(plan.groupBy(), compiled, event, Days.of(batchEndMs - 1));
                }
                if (timeMs == EventEncoder.HISTORY_ONLY) {
                    records.addToHistory(event, EventEncoder.ownTimeMs(timeMs, rowEvent));
                } else if (timeMs >= batchEndMs) {
                    records.addAhead(event, timeMs);
                } else {
                    records.add(event, timeMs);
                }
            }
        }
        if (key.numBytes() > 0) {
            append(segment, records, limits);
        }
        return segment.finish();
    }

    private static void append(SegmentWriter segment, BaseRecordBuilder records, StateLimits limits)
            throws IOException {
        segment.append(records.buffer(), 0, records.finish());
        limits.count(records);
    }

    private void upload(Path file, SegmentSummary summary) throws IOException {
        try (SharedChannels.Lease node = SharedChannels.OF_JVM.lease(upload, ingest[summary.shard()], credentials)) {
            new UploadClient(node.channel(), UploadOptions.DEFAULT)
                    .uploadSegment(version, file, summary, UploadProgress.NONE);
        }
    }

    private static void deleteQuietly(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // The segment is uploaded, or the task fails with its own cause; the file's name says what it is left from.
            LOG.warn("cannot delete {}", file, e);
        }
    }
}
