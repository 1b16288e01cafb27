package io.tilefold.ingest.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.key.ShardSet;
import io.tilefold.ingest.Flights;
import io.tilefold.ingest.apply.ActiveCatalog;
import io.tilefold.ingest.apply.CommandResult;
import io.tilefold.ingest.apply.CommandResults;
import io.tilefold.ingest.apply.IngestState;
import io.tilefold.ingest.apply.PartitionProgress;
import io.tilefold.ingest.log.LogEntries;
import io.tilefold.ingest.log.Outbound;
import io.tilefold.ingest.log.PartitionId;
import io.tilefold.store.TileStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.SleepingMillisIdleStrategy;
import org.agrona.concurrent.SystemNanoClock;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.LogTruncationException;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a consumer says of positions that Kafka does not hold, in time and late. */
class PartitionReadersTest {
    private static final String TOPIC = "flights";
    private static final TopicPartition TOPIC_PARTITION = new TopicPartition(TOPIC, 0);
    private static final PartitionId RECREATED = new PartitionId(new UUID(3, 4), 0);
    private static final long START = 7;

    @TempDir
    private Path directory;

    private final CompiledGroupBy airport = Flights.airport(TOPIC);
    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");
    private final Admin admin = KafkaClients.admin("127.0.0.1:1");
    private final RangeOffers offers = new RangeOffers(
            new Outbound(), new DeadLetters("127.0.0.1:1", ".dead", admin), new SleepingMillisIdleStrategy(1));
    private final TopicPrograms programs = new TopicPrograms(60_000, ShardSet.all(2), ParentAnswers.NONE);
    private final PartitionReaders readers =
            new PartitionReaders(consumer, offers, programs, new Rewinder(programs, SystemNanoClock.INSTANCE, 0));
    private TileStore store;
    private TopicWatch watch;
    private PartitionReader reader;

    @BeforeEach
    void readARecreatedTopic() {
        store = TileStore.open(directory, 0, 2);
        IngestState state = new IngestState(store, new NoResults());
        DirectBuffer start = LogEntries.partitionStart(RECREATED, TOPIC, START);
        state.apply(start, 0, start.capacity(), 1);
        PartitionProgress progress = Objects.requireNonNull(state.partitions().get(RECREATED));
        programs.follow(ActiveCatalog.compile(1, 0, Flights.catalog(airport)));
        watch = new TopicWatch(new TopicDirectory(admin), consumer, offers, state.partitions(), 1);
        reader = new PartitionReader(RECREATED, TOPIC_PARTITION, progress, null);
        readers.change(Set.of(TOPIC), List.of(reader));
    }

    @AfterEach
    void close() {
        admin.close(Duration.ZERO);
        store.close();
    }

    private static final class NoResults implements CommandResults {
        @Override
        public void onResult(UUID command, CommandResult result) {}

        @Override
        public void onSnapshotAsked(UUID command) {}
    }

    @Test
    void readsOnWhereKafkaSpeaksOfThePositionInTheTopicThatBoreTheNameBefore() {
        readers.lose(late(), watch);

        assertThat(readers.reads(TOPIC_PARTITION)).isTrue();
        assertThat(consumer.assignment()).containsExactly(TOPIC_PARTITION);
        assertThat(consumer.position(TOPIC_PARTITION)).isEqualTo(START);
    }

    private static LogTruncationException late() {
        return new LogTruncationException(Map.of(TOPIC_PARTITION, 18_200L), Map.of());
    }

    @Test
    void aLaneReadsOnToo() {
        MockConsumer<byte[], byte[]> ofLane = new MockConsumer<>("none");
        try (LaneReader lane = new LaneReader(ofLane, offers, programs)) {
            lane.add(reader);
            ofLane.setPollException(late());
            assertThat(lane.poll()).isZero();
            assertThat(ofLane.assignment()).containsExactly(TOPIC_PARTITION);
            assertThat(ofLane.position(TOPIC_PARTITION)).isEqualTo(START);

            ofLane.setPollException(new OffsetOutOfRangeException(Map.of(TOPIC_PARTITION, START)));
            assertThat(lane.poll()).isZero();
            assertThat(ofLane.assignment()).isEmpty();
        }
    }

    @Test
    void readsNoFurtherWhereKafkaDoesNotHoldWhatComesNext() {
        readers.lose(new OffsetOutOfRangeException(Map.of(TOPIC_PARTITION, START)), watch);

        assertThat(readers.reads(TOPIC_PARTITION)).isFalse();
        assertThat(consumer.assignment()).isEmpty();
    }

    /** It was in its hands when the reader was taken out. */
    @Test
    void sortsOutWhatIsSaidOfPartitionsThatNobodyReads() {
        readers.forget(TOPIC);
        readers.lose(new OffsetOutOfRangeException(Map.of(TOPIC_PARTITION, START)), watch);

        assertThat(consumer.assignment()).isEmpty();
    }
}
