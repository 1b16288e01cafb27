package io.tilefold.ingest.kafka;

import io.tilefold.catalog.CatalogCodec;
import io.tilefold.catalog.DefinitionIds;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.key.ShardSet;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.ingest.apply.CommandResult;
import io.tilefold.ingest.apply.CommandResults;
import io.tilefold.ingest.apply.IngestState;
import io.tilefold.ingest.log.EventRangeWriter;
import io.tilefold.ingest.log.LogEntries;
import io.tilefold.ingest.log.Outbound;
import io.tilefold.ingest.log.PartitionId;
import io.tilefold.ingest.log.RecordEffects;
import io.tilefold.store.TileStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.agrona.DirectBuffer;
import org.agrona.IoUtil;
import org.agrona.concurrent.ControlledMessageHandler.Action;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Made-up events on the way that real ones will take, so that the JVM has compiled this way before there are any: decoded, decided, encoded, queued, applied and published, by the same classes, in a
 * store of their own that is thrown away. Kafka and the cluster are not on it. Once a process: the next node in it finds everything compiled. Confined to one thread.
 */
public final class Rehearsal {
    private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);
    private static final String TOPIC = "rehearsal";
    private static final int KEYS = 64;
    private static final int LONGEST_RANGE = 10;
    private static final long BEGIN_MS = 1_704_067_200_000L;
    private static final long STEP_MS = 7_000;
    private static final int STEPS = 10_000;
    private static final Schema SOURCE = Schema.of(
            new Field("ts", Scalar.LONG),
            new Field("name", Scalar.STRING),
            new Field("amount", Scalar.LONG),
            new Field("ratio", Scalar.DOUBLE));
    private static final Schema SELECTED = Schema.of(
            new Field("name", Scalar.STRING), new Field("amount", Scalar.LONG), new Field("ratio", Scalar.DOUBLE));

    private static final AtomicBoolean DONE = new AtomicBoolean();

    private final Path directory;
    private final long maxMs;
    private final BooleanSupplier cancelled;
    private final EventRangeWriter writer = new EventRangeWriter();
    private final RecordEffects effects = new RecordEffects();
    private final Outbound outbound = new Outbound();

    /**
     * @param directory of the store; removed at the end
     * @param maxMs ends after this, counted from when the first expression is compiled
     * @param cancelled asked between ranges: true ends it
     */
    public Rehearsal(Path directory, long maxMs, BooleanSupplier cancelled) {
        this.directory = directory;
        this.maxMs = maxMs;
        this.cancelled = cancelled;
    }

    /** Makes Catalyst ready; then, if this process has not done so yet, plays. */
    public void run() {
        TopicProgram.warmUp();
        if (maxMs > 0 && !DONE.getAndSet(true)) {
            long startedNs = System.nanoTime();
            long applied = play();
            LOG.info(
                    "{} made-up events in {} ms have the events' way compiled",
                    applied,
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNs));
        }
    }

    /** Returns how many events were applied. */
    long play() {
        try (TileStore store = TileStore.open(directory, 0, 1)) {
            IngestState state = new IngestState(store, new NoResults());
            play(store, state);
            return state.groupByStatus().get(0).eventsApplied();
        } finally {
            IoUtil.delete(directory.toFile(), true);
        }
    }

    private void play(TileStore store, IngestState state) {
        long startedNs = System.nanoTime();
        PartitionId partition = new PartitionId(new UUID(0, 1), 0);
        apply(state, LogEntries.definitions(new UUID(0, 2), catalog()), 1);
        apply(state, LogEntries.partitionStart(partition, TOPIC, 0), 2);
        TopicProgram program = TopicProgram.compile(state.catalog(), TOPIC, 0, ShardSet.all(1));
        BitSet feeds = program.places();
        long position = 2;
        long offset = 0;
        while (System.nanoTime() - startedNs < maxMs * 1_000_000 && !cancelled.getAsBoolean()) {
            writer.start(partition, state.catalog().number(), 0, EventRangeWriter.NO_LANE, 1, offset);
            writer.firstRecord(BEGIN_MS);
            long end = offset + 1 + position % LONGEST_RANGE;
            for (; offset < end; offset++) {
                Object unused = program.decide(record(offset), feeds, effects);
                writer.add(offset, effects);
            }
            boolean queued = outbound.offer(writer.buffer(), 0, writer.finish(end));
            assert queued;
            position++;
            long behind = position;
            int drained = 0;
            while (drained == 0) { // where the queue's ring begins anew, a turn takes nothing
                drained = outbound.drain((type, buffer, at, length) -> {
                    state.apply(buffer, at, length, behind);
                    return Action.CONTINUE;
                });
            }
            assert drained == 1;
            store.applying(position);
            store.publish(position, 0);
        }
    }

    private static void apply(IngestState state, DirectBuffer entry, long position) {
        state.apply(entry, 0, entry.capacity(), position);
    }

    private static ConsumerRecord<byte[], byte[]> record(long offset) {
        String json = "{\"ts\":" + (BEGIN_MS + offset % STEPS * STEP_MS) + ",\"name\":\"n" + offset % KEYS
                + "\",\"amount\":" + offset % 10 + ",\"ratio\":" + offset % 7 / 2.0
                + ",\"other\":\"one that no definition reads\"}";
        return new ConsumerRecord<>(TOPIC, 0, offset, new byte[0], json.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] catalog() {
        GroupBy definition = GroupBy.builder(TOPIC)
                .source(Source.events(
                        TOPIC,
                        TOPIC,
                        Query.builder().timeColumn("ts").wheres("amount >= 0").build()))
                .keys("name")
                .aggregate(Aggregation.of("count", "amount").windows("1h", "1d", "7d"))
                .aggregate(Aggregation.of("sum", "amount").windows("1h", "1d", "7d"))
                .aggregate(Aggregation.of("average", "ratio").windows("1h", "1d", "7d"))
                .online(true)
                .build();
        CompiledGroupBy compiled = new CompiledGroupBy(
                DefinitionIds.of(definition, List.of(SOURCE), SELECTED), definition, List.of(SOURCE), SELECTED);
        return CatalogCodec.encode(new Catalog(List.of(compiled), List.of(), List.of()));
    }

    private static final class NoResults implements CommandResults {
        @Override
        public void onResult(UUID command, CommandResult result) {}

        @Override
        public void onSnapshotAsked(UUID command) {}
    }
}
