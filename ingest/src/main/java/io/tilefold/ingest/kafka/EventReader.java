package io.tilefold.ingest.kafka;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.ingest.apply.ActiveCatalog;
import io.tilefold.ingest.apply.IngestState;
import io.tilefold.ingest.apply.Lane;
import io.tilefold.ingest.apply.PartitionProgress;
import io.tilefold.ingest.log.LogEntries;
import io.tilefold.ingest.log.Outbound;
import io.tilefold.ingest.log.PartitionId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads all partitions of the active definitions' topics, decides what every record's effects are and offers them as ranges. It keeps no position of
 * its own: it begins where the replicated state stands, and goes back there when a range was refused, the session with the cluster was lost or
 * nothing moves. A log that takes no more makes it wait, and Kafka keeps the data. Confined to one thread.
 *
 * <p><b>Members.</b> The leader's node alone reads. The readers of the others look up the topics and their ends, by which a member knows how far
 * behind them it stands, and are ready to go on from the state when theirs becomes the leader. Two that read at once, at a change, do no harm: a range
 * that comes twice is trimmed, one that leaves a gap is refused.
 *
 * <p><b>Recreated topics.</b> A topic that was deleted and created again has another id and is read from its start, while what was applied of
 * the old one stays. It is noticed at the next look-up (topicCheckIntervalMs).
 *
 * <p><b>Errors.</b> Kafka out of reach: logged, tried again every second. A position Kafka no longer holds: the partition stops and says so,
 * the others go on.
 */
public final class EventReader implements Agent {
    private static final Logger LOG = LoggerFactory.getLogger(EventReader.class);
    private static final Duration POLL_TIMEOUT = Duration.ofMillis(20);
    private static final Duration POLL_TIMEOUT_WITH_LANES = Duration.ofMillis(1);
    private static final long RETRY_MS = 1_000;
    private static final long START_RETRY_MS = 200;
    private static final long STALL_NS = TimeUnit.SECONDS.toNanos(5);
    private static final long REMINDER_MS = 60_000;

    private final ReaderSettings settings;
    private final IngestState state;
    private final LongSupplier sessionNumber;
    private final BooleanSupplier leads;
    private final EpochClock clock;
    private final NanoClock nanoClock;
    private final Admin admin;
    private final Consumer<byte[], byte[]> consumer;
    private final TopicDirectory directory;
    private final DeadLetters deadLetters;
    private final CaughtUp caughtUp;

    private final RangeOffers offers;
    private final Map<DefinitionId, LaneReader> lanes = new HashMap<>();
    private final Map<String, TopicProgram> programs = new HashMap<>();
    private final Map<TopicPartition, PartitionReader> readers = new LinkedHashMap<>();
    private final Map<String, UUID> topicIds = new HashMap<>();
    private final Map<String, Long> remindAtMs = new HashMap<>();
    private final Set<PartitionId> lost = new HashSet<>();
    private ActiveCatalog catalog = ActiveCatalog.NONE;
    private boolean complete;
    private long nextTopicCheckMs;
    private long pausedUntilMs;
    private long session;
    private long attempts;
    private boolean rewindAll;
    private boolean reading;

    /**
     * @param sessionNumber of the log's client: another one means that entries under way may be lost
     * @param leads true while this node is the one to read
     * @param caughtUpAtMs set to the last moment at which live stood at its topics' end
     */
    public EventReader(
            ReaderSettings settings,
            IngestState state,
            Outbound outbound,
            LongSupplier sessionNumber,
            BooleanSupplier leads,
            AtomicLong caughtUpAtMs,
            EpochClock clock,
            NanoClock nanoClock) {
        this.settings = settings;
        this.state = state;
        this.sessionNumber = sessionNumber;
        this.leads = leads;
        this.clock = clock;
        this.nanoClock = nanoClock;
        this.admin = KafkaClients.admin(settings.kafkaBootstrap());
        this.consumer = KafkaClients.consumer(settings.kafkaBootstrap(), settings.maxPollRecords());
        this.directory = new TopicDirectory(admin);
        this.deadLetters = new DeadLetters(settings.kafkaBootstrap(), settings.deadLetterSuffix(), admin);
        this.offers =
                new RangeOffers(outbound, deadLetters, settings.idleProfile().newIdleStrategy());
        this.caughtUp = new CaughtUp(consumer, caughtUpAtMs, settings.caughtUpIntervalMs());
        // Attempts of former runs stand in the log that is replayed: new ones must not meet them.
        this.attempts = clock.time() << 20;
    }

    @Override
    public String roleName() {
        return "event-reader";
    }

    /** Ends of the partitions when last seen. Any thread. */
    public Map<TopicPartition, Long> ends() {
        return caughtUp.ends();
    }

    /** Makes a reader that waits for the log give up. Any thread. */
    public void stop() {
        offers.stop();
    }

    @Override
    public int doWork() {
        long nowMs = clock.time();
        if (offers.isStopped() || nowMs < pausedUntilMs) {
            return 0;
        }
        try {
            followLeader();
            followCatalog();
            if (nowMs >= nextTopicCheckMs) {
                checkTopics(nowMs);
            }
            rewind();
            followLanes();
            int work = reading && !readers.isEmpty() ? poll() + pollLanes() : 0;
            caughtUp.observe(readers.values(), complete, nowMs);
            return work;
        } catch (OffsetOutOfRangeException e) {
            lose(e);
        } catch (KafkaException e) {
            if (!offers.isStopped()) {
                LOG.warn("Kafka at {}: {}; trying again in {} ms", settings.kafkaBootstrap(), causes(e), RETRY_MS);
            }
            pause(nowMs);
        } catch (RuntimeException e) {
            LOG.error("reading failed; trying again in {} ms", RETRY_MS, e);
            pause(nowMs);
        }
        return 0;
    }

    private void pause(long nowMs) {
        pausedUntilMs = nowMs + RETRY_MS;
        rewindAll = true; // what the last poll returned may not have been offered
    }

    private static String causes(Throwable thrown) {
        Throwable cause = thrown.getCause();
        return cause == null ? String.valueOf(thrown.getMessage()) : thrown.getMessage() + ": " + causes(cause);
    }

    private void followLeader() {
        boolean now = leads.getAsBoolean();
        if (now != reading) {
            reading = now;
            rewindAll = true;
            nextTopicCheckMs = 0;
            LOG.info(now ? "this node reads the topics" : "another node reads the topics");
        }
    }

    private void followCatalog() {
        ActiveCatalog active = state.catalog();
        if (active.number() == catalog.number()) {
            return;
        }
        programs.clear();
        for (String topic : active.topics()) {
            try {
                programs.put(topic, TopicProgram.compile(active, topic, settings.maxFutureMs(), settings.shards()));
            } catch (RuntimeException e) {
                LOG.error("topic {} is not read: {}", topic, e.getMessage(), e);
            }
        }
        catalog = active;
        closeLanes();
        nextTopicCheckMs = 0;
        rewindAll = true;
        LOG.info(
                "catalog {} is active: {} GroupBys, reading topics {}",
                active.number(),
                active.definitions().size(),
                programs.keySet());
    }

    private void checkTopics(long nowMs) {
        Set<String> wanted = catalog.topics();
        Map<String, TopicDirectory.Topic> found = directory.find(wanted);
        boolean all = programs.keySet().containsAll(wanted);
        boolean starting = false;
        List<PartitionReader> opened = new ArrayList<>();
        for (String name : programs.keySet()) {
            TopicDirectory.Topic topic = found.get(name);
            if (topic == null) {
                remind(name, nowMs, "topic " + name + " does not exist: waiting for it");
                all = false;
                continue;
            }
            noticeId(topic);
            for (int partition = 0; partition < topic.partitions(); partition++) {
                TopicPartition topicPartition = new TopicPartition(name, partition);
                PartitionId id = new PartitionId(topic.id(), partition);
                if (lost.contains(id)) {
                    remind(id.toString(), nowMs, "partition " + topicPartition + " is not read, see above");
                    all = false;
                } else if (!readers.containsKey(topicPartition)) {
                    PartitionProgress progress = state.partitions().get(id);
                    if (progress == null) {
                        if (reading) {
                            start(id, topicPartition);
                        }
                        starting = true;
                    } else {
                        opened.add(new PartitionReader(id, topicPartition, progress, null));
                    }
                }
            }
        }
        boolean dropped = readers.keySet().removeIf(one -> !programs.containsKey(one.topic()));
        if (dropped || !opened.isEmpty()) {
            open(opened);
        }
        complete = all && !starting;
        nextTopicCheckMs = nowMs + (starting ? START_RETRY_MS : settings.topicCheckIntervalMs());
    }

    private void noticeId(TopicDirectory.Topic topic) {
        UUID before = topicIds.put(topic.name(), topic.id());
        if (before == null) {
            before = state.partitions().ofTopic(topic.name()).stream()
                    .findFirst()
                    .map(progress -> progress.id().topicId())
                    .orElse(topic.id());
        }
        if (!before.equals(topic.id())) {
            LOG.error(
                    "topic {} was deleted and created again (id {}, before {}): reading the new one from its start; what was "
                            + "applied of the old one stays",
                    topic.name(),
                    topic.id(),
                    before);
            readers.keySet().removeIf(one -> one.topic().equals(topic.name()));
        }
    }

    private void remind(String what, long nowMs, String message) {
        if (nowMs >= remindAtMs.getOrDefault(what, 0L)) {
            LOG.warn("{}", message);
            remindAtMs.put(what, nowMs + REMINDER_MS);
        }
    }

    private void start(PartitionId id, TopicPartition topicPartition) {
        long earliest = consumer.beginningOffsets(List.of(topicPartition), Duration.ofMillis(TopicDirectory.TIMEOUT_MS))
                .getOrDefault(topicPartition, 0L);
        DirectBuffer entry = LogEntries.partitionStart(id, topicPartition.topic(), earliest);
        LOG.info("partition {} begins at offset {}", topicPartition, earliest);
        offers.offer(entry, entry.capacity());
    }

    private void open(List<PartitionReader> opened) {
        opened.forEach(reader -> readers.put(reader.topicPartition, reader));
        consumer.assign(readers.keySet());
        opened.forEach(this::rewind);
        caughtUp.forget();
        LOG.info(
                "reading {} partitions; new are {}",
                readers.size(),
                opened.stream()
                        .map(reader -> reader.topicPartition + " from " + reader.offered)
                        .toList());
    }

    private void rewind() {
        long current = sessionNumber.getAsLong();
        boolean all = rewindAll || current != session;
        session = current;
        rewindAll = false;
        long nowNs = nanoClock.nanoTime();
        for (PartitionReader reader : readers.values()) {
            if (all || reader.isRefused() || reader.isStalled(nowNs, STALL_NS)) {
                rewind(reader);
            }
        }
        for (LaneReader open : lanes.values()) {
            for (PartitionReader lane : open.lanes()) {
                if (all || lane.isRefused() || lane.isStalled(nowNs, STALL_NS)) {
                    rewindTo(lane);
                    open.seek(lane);
                }
            }
        }
    }

    private void rewind(PartitionReader reader) {
        long before = reader.offered;
        rewindTo(reader);
        consumer.seek(reader.topicPartition, reader.offered);
        if (before > reader.offered) {
            LOG.info("partition {} goes back from {} to {}", reader.topicPartition, before, reader.offered);
        }
    }

    private void rewindTo(PartitionReader reader) {
        TopicProgram program = programs.get(reader.topicPartition.topic());
        if (program != null) {
            reader.rewind(catalog, program, ++attempts, nanoClock.nanoTime());
        }
    }

    private int poll() {
        ConsumerRecords<byte[], byte[]> records =
                consumer.poll(lanes.isEmpty() ? POLL_TIMEOUT : POLL_TIMEOUT_WITH_LANES);
        Map<TopicPartition, OffsetAndMetadata> next = records.nextOffsets();
        for (TopicPartition topicPartition : records.partitions()) {
            List<ConsumerRecord<byte[], byte[]>> ofPartition = records.records(topicPartition);
            OffsetAndMetadata end = next.get(topicPartition);
            long last = ofPartition.get(ofPartition.size() - 1).offset() + 1;
            offerRecords(topicPartition, ofPartition, end == null ? last : Math.max(last, end.offset()));
        }
        if (records.isEmpty()) {
            // Transaction markers and compacted records move the position without a record.
            for (PartitionReader reader : readers.values()) {
                long position = consumer.position(reader.topicPartition);
                if (position > reader.offered) {
                    offerRecords(reader.topicPartition, List.of(), position);
                }
            }
        }
        return records.count() + 1; // the poll has waited already
    }

    private void offerRecords(
            TopicPartition topicPartition, List<ConsumerRecord<byte[], byte[]>> records, long nextOffset) {
        PartitionReader reader = readers.get(topicPartition);
        TopicProgram program = programs.get(topicPartition.topic());
        if (reader == null || program == null) {
            return;
        }
        offers.offer(reader, program, catalog.number(), records, nextOffset);
    }

    /** Opens and ends consumers of lanes as the state has them. */
    private void followLanes() {
        if (!reading) {
            closeLanes();
            return;
        }
        lanes.values().removeIf(one -> {
            boolean ended = one.dropEnded();
            if (ended) {
                one.close();
            }
            return ended;
        });
        for (PartitionReader reader : readers.values()) {
            for (Lane lane : reader.progress.lanes()) {
                if (!lane.isWaiting()) {
                    follow(reader, lane);
                }
            }
        }
    }

    private void follow(PartitionReader reader, Lane lane) {
        TopicProgram program = programs.get(reader.topicPartition.topic());
        if (program == null || catalog.find(lane.definition()).isEmpty()) {
            return;
        }
        LaneReader open = lanes.computeIfAbsent(
                lane.definition(),
                id -> new LaneReader(
                        KafkaClients.consumer(settings.kafkaBootstrap(), settings.maxPollRecords()), offers));
        if (!open.knows(reader.topicPartition)) {
            PartitionReader laneReader = new PartitionReader(reader.id, reader.topicPartition, reader.progress, lane);
            laneReader.rewind(catalog, program, ++attempts, nanoClock.nanoTime());
            open.add(laneReader);
            LOG.info(
                    "definition {} catches up in {} from {} on",
                    lane.definition().abbreviated(),
                    reader.topicPartition,
                    laneReader.offered);
        }
    }

    private int pollLanes() {
        int work = 0;
        for (LaneReader lane : lanes.values()) {
            work += lane.poll(catalog, programs);
        }
        return work;
    }

    private void closeLanes() {
        lanes.values().forEach(LaneReader::close);
        lanes.clear();
    }

    private void lose(OffsetOutOfRangeException e) {
        e.offsetOutOfRangePartitions().forEach((topicPartition, position) -> {
            PartitionReader reader = readers.remove(topicPartition);
            if (reader != null) {
                LOG.error(
                        "partition {}: Kafka does not hold offset {} (retention, or records were deleted). The partition is "
                                + "not read any further; upload a version that covers what is missing and start a node anew",
                        topicPartition,
                        position);
                lost.add(reader.id);
            }
        });
        consumer.assign(readers.keySet());
        complete = false;
        nextTopicCheckMs = 0; // the topic may be another one
    }

    @Override
    public void onClose() {
        CloseHelper.quietClose(this::closeLanes);
        CloseHelper.quietClose(deadLetters);
        CloseHelper.quietClose(() -> consumer.close(CloseOptions.timeout(Duration.ofSeconds(1))));
        CloseHelper.quietClose(() -> admin.close(Duration.ofSeconds(1)));
    }
}
