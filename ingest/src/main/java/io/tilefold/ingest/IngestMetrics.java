package io.tilefold.ingest;

import io.tilefold.ingest.apply.GroupByStatus;
import io.tilefold.ingest.apply.IngestState;
import io.tilefold.ingest.apply.PartitionProgress;
import io.tilefold.ingest.cluster.NodeStatus;
import io.tilefold.ingest.cluster.ServiceQueries;
import io.tilefold.ingest.cluster.SnapshotInfo;
import io.tilefold.ingest.kafka.ParentAnswers;
import io.tilefold.ingest.metrics.IngestMeasures;
import io.tilefold.node.MetricsPage;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.apache.kafka.common.TopicPartition;

/** A node's metrics. Names are kept: {@code tilefold_ingest_…}, times in seconds, counts since the log began. */
final class IngestMetrics implements Supplier<String> {
    private static final long STATUS_TIMEOUT_MS = 2_000;
    private static final double MS_PER_SECOND = 1e3;
    private static final double NS_PER_SECOND = 1e9;
    private static final long[] LATENCY_BOUNDS_MS = {
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 60_000, 600_000
    };
    private static final long[] COST_BOUNDS_NS = {
        1_000, 10_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 5_000_000, 20_000_000, 100_000_000, 1_000_000_000
    };

    private final IngestState state;
    private final ServiceQueries queries;
    private final IngestMeasures measures;
    private final ParentAnswers parents;
    private final Supplier<Map<TopicPartition, Long>> ends;
    private final LongSupplier refusedCalls;

    /**
     * @param ends of the partitions when last seen
     * @param refusedCalls that were not let in since the start
     */
    IngestMetrics(
            IngestState state,
            ServiceQueries queries,
            IngestMeasures measures,
            ParentAnswers parents,
            Supplier<Map<TopicPartition, Long>> ends,
            LongSupplier refusedCalls) {
        this.state = state;
        this.queries = queries;
        this.measures = measures;
        this.parents = parents;
        this.ends = ends;
        this.refusedCalls = refusedCalls;
    }

    /** The page as it is now. */
    @Override
    public String get() {
        CompletableFuture<NodeStatus> asked = queries.status();
        if (asked == null) {
            throw new IllegalStateException("too many others ask");
        }
        NodeStatus status =
                asked.orTimeout(STATUS_TIMEOUT_MS, TimeUnit.MILLISECONDS).join();
        MetricsPage page = new MetricsPage();
        node(page, status);
        topics(page);
        groupBys(page, status.groupBys());
        parents(page);
        page.histogram(
                "tilefold_ingest_kafka_to_visible_seconds",
                "From Kafka's timestamp of a batch's first record to its being visible here.",
                measures.kafkaToVisibleMs,
                MS_PER_SECOND,
                LATENCY_BOUNDS_MS);
        page.histogram(
                "tilefold_ingest_apply_seconds",
                "Time to apply one entry of the log.",
                measures.applyNs,
                NS_PER_SECOND,
                COST_BOUNDS_NS);
        return page.toString();
    }

    private void node(MetricsPage page, NodeStatus status) {
        gauge(page, "log_position", "Log position applied and visible.", status.position());
        gauge(page, "leader", "1 if this member leads its shard group.", status.leader() ? 1 : 0);
        gauge(
                page,
                "caught_up_timestamp_milliseconds",
                "Last moment at which everything in the topics was applied, epoch milliseconds; 0: never.",
                status.caughtUpAtMs());
        gauge(
                page,
                "heartbeat_timestamp_milliseconds",
                "Last sign of life of the thread that applies entries, epoch milliseconds.",
                status.heartbeatMs());
        String refused = "tilefold_ingest_unauthorised_calls_total";
        page.metric(refused, "counter", "Calls that were not let in.")
                .sample(refused, Map.of(), refusedCalls.getAsLong());
        SnapshotInfo snapshot = status.lastSnapshot();
        if (snapshot != null) {
            gauge(page, "snapshot_position", "Log position of the last snapshot since the start.", snapshot.position());
            gauge(page, "snapshot_bytes", "Its length.", snapshot.length());
            gauge(page, "snapshot_milliseconds", "How long nothing was applied for it.", snapshot.durationMs());
        }
    }

    private static void gauge(MetricsPage page, String name, String help, long value) {
        page.metric("tilefold_ingest_" + name, "gauge", help).sample("tilefold_ingest_" + name, Map.of(), value);
    }

    private void topics(MetricsPage page) {
        Map<TopicPartition, Long> lastEnds = ends.get();
        partitions(page, "next_offset", "gauge", "Next offset to be applied.", PartitionProgress::nextOffset);
        partitions(page, "lag", "gauge", "Records behind the partition's end when last seen.", progress -> {
            TopicPartition partition =
                    new TopicPartition(progress.topic(), progress.id().partition());
            return Math.max(0, lastEnds.getOrDefault(partition, 0L) - progress.nextOffset());
        });
        partitions(
                page,
                "dead_lettered_total",
                "counter",
                "Records that went to the dead-letter topic.",
                PartitionProgress::deadLettered);
        partitions(
                page,
                "lanes",
                "gauge",
                "Definitions that have not caught up in the partition.",
                progress -> progress.lanes().size());
    }

    private void partitions(
            MetricsPage page, String name, String type, String help, ToLongFunction<PartitionProgress> value) {
        page.metric("tilefold_ingest_partition_" + name, type, help);
        for (String topic : state.partitions().topics()) {
            for (PartitionProgress progress : state.partitions().ofTopic(topic)) {
                page.sample(
                        "tilefold_ingest_partition_" + name,
                        Map.of(
                                "topic",
                                topic,
                                "partition",
                                Integer.toString(progress.id().partition())),
                        value.applyAsLong(progress));
            }
        }
    }

    private void parents(MetricsPage page) {
        counter(page, "parent_rows", "Events about which a join was asked, and answered.", parents.rows());
        counter(
                page,
                "parent_failed_rows",
                "Those of which something had failed for good, and counts as null.",
                parents.failedRows());
        counter(
                page,
                "parent_waits",
                "How often a partition's events were put off since a join did not answer.",
                parents.waits());
    }

    private static void counter(MetricsPage page, String name, String help, long value) {
        String full = "tilefold_ingest_" + name + "_total";
        page.metric(full, "counter", help + " Since the start.").sample(full, Map.of(), value);
    }

    private static void groupBys(MetricsPage page, List<GroupByStatus> all) {
        page.metric("tilefold_ingest_events_total", "counter", "Events by what became of them.");
        for (GroupByStatus one : all) {
            events(page, one, "applied", one.eventsApplied());
            events(page, one, "late", one.eventsLate());
            events(page, one, "null_time", one.eventsNullTime());
            events(page, one, "null_key", one.eventsNullKey());
            events(page, one, "refused", one.eventsRefused());
        }
        lag(page, all);
        times(
                page,
                all,
                "newest_event",
                "Newest event time applied.",
                one -> one.newestEventMs().orElse(0));
        times(
                page,
                all,
                "batch_end",
                "Batch end of the current version.",
                one -> one.batchEndMs().orElse(0));
    }

    private static void lag(MetricsPage page, List<GroupByStatus> all) {
        String full = "tilefold_ingest_consumer_lag";
        page.metric(
                full,
                "gauge",
                "Records of its topic not applied to the GroupBy when its ends were last seen; -1: not known.");
        all.forEach(one -> page.sample(
                full, Map.of("group_by", one.name()), one.consumerLag().orElse(-1)));
    }

    private static void events(MetricsPage page, GroupByStatus groupBy, String kind, long value) {
        page.sample("tilefold_ingest_events_total", Map.of("group_by", groupBy.name(), "kind", kind), value);
    }

    private static void times(
            MetricsPage page, List<GroupByStatus> all, String name, String help, ToLongFunction<GroupByStatus> value) {
        String full = "tilefold_ingest_" + name + "_timestamp_milliseconds";
        page.metric(full, "gauge", help + " Epoch milliseconds; 0: none.");
        all.forEach(one -> page.sample(full, Map.of("group_by", one.name()), value.applyAsLong(one)));
    }
}
