package io.tilefold.ingest.kafka;

import io.tilefold.ingest.apply.IngestState;
import io.tilefold.ingest.log.Outbound;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.agrona.CloseHelper;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
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
 * <p><b>Joins as sources.</b> What a join answers about the events of its left is asked of serving nodes before they are decided, all of a poll at one time. Where they do not
 * answer, the partitions wait and are read again; the others go on, later by a fetch's deadline at most.
 *
 * <p><b>Recreated topics.</b> A topic that was deleted and created again has another id and is read from its start, while what was applied of
 * the old one stays. It is noticed at the next look-up (topicCheckIntervalMs).
 *
 * <p><b>Errors.</b> Kafka out of reach: logged, tried again every second. A position Kafka no longer holds: the partition stops and says so,
 * the others go on.
 */
public final class EventReader implements Agent {
    private static final Logger LOG = LoggerFactory.getLogger(EventReader.class);
    private static final Duration POLL_TIMEOUT_WITH_LANES = Duration.ofMillis(1);
    private static final long RETRY_MS = 1_000;

    private final ReaderSettings settings;
    private final Duration pollTimeout;
    private final IngestState state;
    private final LongSupplier sessionNumber;
    private final BooleanSupplier leads;
    private final EpochClock clock;
    private final Admin admin;
    private final Consumer<byte[], byte[]> consumer;
    private final DeadLetters deadLetters;
    private final RangeOffers offers;
    private final CaughtUp caughtUp;
    private final TopicPrograms programs;
    private final TopicWatch topics;
    private final PartitionReaders readers;
    private final LaneReaders lanes;
    private long pausedUntilMs;
    private long session;
    private boolean rewindAll;
    private boolean reading;

    /**
     * @param sessionNumber of the log's client: another one means that entries under way may be lost
     * @param leads true while this node is the one to read
     * @param parents gives the answers of joins whose outputs are read
     * @param caughtUpAtMs set to the last moment at which live stood at its topics' end
     */
    public EventReader(
            ReaderSettings settings,
            IngestState state,
            Outbound outbound,
            LongSupplier sessionNumber,
            BooleanSupplier leads,
            ParentAnswers parents,
            AtomicLong caughtUpAtMs,
            EpochClock clock,
            NanoClock nanoClock) {
        this.settings = settings;
        this.pollTimeout = Duration.ofMillis(settings.idleProfile().readerMs());
        this.state = state;
        this.sessionNumber = sessionNumber;
        this.leads = leads;
        this.clock = clock;
        this.admin = KafkaClients.admin(settings.kafkaBootstrap());
        this.consumer = newConsumer();
        this.deadLetters = new DeadLetters(settings.kafkaBootstrap(), settings.deadLetterSuffix(), admin);
        this.offers =
                new RangeOffers(outbound, deadLetters, settings.idleProfile().newIdleStrategy());
        this.caughtUp = new CaughtUp(admin, caughtUpAtMs, settings.caughtUpIntervalMs());
        this.programs = new TopicPrograms(settings.maxFutureMs(), settings.shards(), parents);
        this.topics = new TopicWatch(
                new TopicDirectory(admin), consumer, offers, state.partitions(), settings.topicCheckIntervalMs());
        Rewinder rewinder = new Rewinder(programs, nanoClock, clock.time() << 20);
        this.readers = new PartitionReaders(consumer, offers, programs, rewinder);
        this.lanes = new LaneReaders(this::newConsumer, offers, programs, rewinder);
    }

    private Consumer<byte[], byte[]> newConsumer() {
        return KafkaClients.consumer(settings.kafkaBootstrap(), settings.maxPollRecords());
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
            return read(nowMs);
        } catch (OffsetOutOfRangeException e) {
            readers.lose(e, topics);
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

    private int read(long nowMs) {
        followLeader();
        if (programs.follow(state.catalog())) {
            lanes.close();
            topics.checkSoon();
            rewindAll = true;
        }
        topics.check(programs, readers, reading, nowMs);
        if (readers.takeChanged()) {
            caughtUp.forget();
        }
        rewind();
        if (reading) {
            lanes.follow(readers.all());
        } else {
            lanes.close();
        }
        int work = reading && !readers.all().isEmpty() ? poll() : 0;
        caughtUp.observe(readers.all(), topics.isComplete(), nowMs);
        return work;
    }

    private void followLeader() {
        boolean now = leads.getAsBoolean();
        if (now != reading) {
            reading = now;
            rewindAll = true;
            topics.checkSoon();
            LOG.info(now ? "this node reads the topics" : "another node reads the topics");
        }
    }

    private void rewind() {
        long current = sessionNumber.getAsLong();
        boolean everywhere = rewindAll || current != session;
        session = current;
        rewindAll = false;
        readers.rewind(everywhere);
        lanes.rewind(everywhere);
    }

    private int poll() {
        return readers.poll(lanes.isEmpty() ? pollTimeout : POLL_TIMEOUT_WITH_LANES) + lanes.poll();
    }

    private void pause(long nowMs) {
        pausedUntilMs = nowMs + RETRY_MS;
        rewindAll = true; // what the last poll returned may not have been offered
    }

    private static String causes(Throwable thrown) {
        Throwable cause = thrown.getCause();
        return cause == null ? String.valueOf(thrown.getMessage()) : thrown.getMessage() + ": " + causes(cause);
    }

    @Override
    public void onClose() {
        CloseHelper.quietClose(lanes);
        CloseHelper.quietClose(deadLetters);
        CloseHelper.quietClose(() -> consumer.close(CloseOptions.timeout(Duration.ofSeconds(1))));
        CloseHelper.quietClose(() -> admin.close(Duration.ofSeconds(1)));
    }
}
