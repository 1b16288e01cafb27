package io.tilefold.serving;

import io.tilefold.node.Metrics;
import io.tilefold.node.MetricsPage;
import io.tilefold.store.GroupByView;
import io.tilefold.store.TileStoreReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/** A node's metrics. Names are kept: {@code tilefold_serving_…}, times in seconds, counts since the node's start. Any thread. */
final class ServingMetrics implements Supplier<String> {
    private static final double NS_PER_SECOND = 1e9;
    private static final long[] BOUNDS_NS = {
        10_000,
        20_000,
        50_000,
        100_000,
        200_000,
        500_000,
        1_000_000,
        2_000_000,
        5_000_000,
        10_000_000,
        20_000_000,
        50_000_000,
        100_000_000,
        1_000_000_000
    };

    private final List<Path> storeDirs;
    private final StoreWatch store;
    private final Latencies latencies;
    private final Refusals refusals;
    private final Workers workers;
    private final Admission admission;
    private final Connections connections;
    private final StateLimits limits;
    private final LongSupplier droppedLogRecords;
    private final LongSupplier refusedCalls;

    ServingMetrics(
            List<Path> storeDirs,
            StoreWatch store,
            Latencies latencies,
            Refusals refusals,
            Workers workers,
            Admission admission,
            Connections connections,
            StateLimits limits,
            LongSupplier droppedLogRecords,
            LongSupplier refusedCalls) {
        this.storeDirs = storeDirs;
        this.store = store;
        this.latencies = latencies;
        this.refusals = refusals;
        this.workers = workers;
        this.admission = admission;
        this.connections = connections;
        this.limits = limits;
        this.droppedLogRecords = droppedLogRecords;
        this.refusedCalls = refusedCalls;
    }

    /** The page for Prometheus as it is now. */
    @Override
    public String get() {
        MetricsPage page = new MetricsPage();
        writeTo(page);
        return page.toString();
    }

    /** Writes all metrics as they are now. */
    void writeTo(Metrics page) {
        fetches(page);
        one(page, "queued_fetches", "gauge", "Fetches that wait for a worker.", workers.queued());
        one(page, "fetches_in_flight", "gauge", "Fetches under way.", admission.inFlight());
        one(page, "connections", "gauge", "Connections open.", connections.count());
        one(page, "refused_connections_total", "counter", "Connections beyond maxConnections.", connections.refused());
        one(
                page,
                "cut_connections_total",
                "counter",
                "Connections cut because they did not read their answers.",
                connections.cut());
        one(page, "state_limited_rows_total", "counter", "Rows answered FAILED(STATE_LIMIT).", limits.rows());
        one(
                page,
                "dropped_log_records_total",
                "counter",
                "Records the feature log dropped.",
                droppedLogRecords.getAsLong());
        one(page, "unauthorised_calls_total", "counter", "Calls that were not let in.", refusedCalls.getAsLong());
        stores(page);
    }

    private void stores(Metrics page) {
        Snapshot seen = store.enter();
        String mapped = "tilefold_serving_store_mapped";
        page.metric(mapped, "gauge", "1 while the store is mapped, by its directory.");
        for (int place = 0; place < storeDirs.size(); place++) {
            boolean there = seen != null && seen.stores().at(place) != null;
            page.sample(mapped, Map.of("store", storeDirs.get(place).toString()), there ? 1 : 0);
        }
        if (seen != null) {
            try {
                stores(page, seen);
            } finally {
                seen.exit();
            }
        }
    }

    private void fetches(Metrics page) {
        String refused = "tilefold_serving_refused_fetches_total";
        page.metric(refused, "counter", "Fetches that were not answered, by status.");
        refusals.sinceStart().forEach((code, count) -> page.sample(refused, Map.of("code", code.name()), count));
        String name = "tilefold_serving_fetch_seconds";
        page.metric(name, "histogram", "What fetches took in this node, by target and stage; total: all stages.");
        latencies.all().forEach((target, latency) -> {
            for (Stage stage : Stage.values()) {
                var histogram = latency.sinceStart(stage);
                if (histogram.getTotalCount() > 0) {
                    page.histogramOf(name, labels(target, stage), histogram, NS_PER_SECOND, BOUNDS_NS);
                }
            }
        });
    }

    private static Map<String, String> labels(TargetName target, Stage stage) {
        return Map.of(target.isJoin() ? "join" : "group_by", target.name(), "stage", stage.label());
    }

    private static void stores(Metrics page, Snapshot seen) {
        perStore(
                page,
                seen,
                "log_position",
                "Log position that answers have reached, by shard group.",
                TileStoreReader::position);
        perStore(
                page,
                seen,
                "caught_up_timestamp_milliseconds",
                "Last moment at which everything in the topics was applied, by shard group. Epoch milliseconds; 0: never.",
                TileStoreReader::caughtUpAtMs);
        perStore(
                page,
                seen,
                "heartbeat_timestamp_milliseconds",
                "Last sign of life of the store's ingest node, by shard group. Epoch milliseconds; 0: none.",
                TileStoreReader::heartbeatMs);
        groupBys(
                page,
                seen,
                "batch_end_timestamp_milliseconds",
                "Batch end of the version served. Epoch milliseconds; 0: none.",
                view -> view.batchEndMs().orElse(0));
        groupBys(
                page,
                seen,
                "newest_event_timestamp_milliseconds",
                "Newest event time applied. Epoch milliseconds; 0: none.",
                view -> view.newestEventMs().orElse(0));
        groupBys(
                page,
                seen,
                "consumer_lag",
                "Records of its topic that were not applied when its ends were last seen; -1: not known, or nothing feeds it.",
                GroupByView::consumerLag);
    }

    private static void perStore(
            Metrics page, Snapshot seen, String name, String help, ToLongFunction<TileStoreReader> value) {
        String full = "tilefold_serving_" + name;
        page.metric(full, "gauge", help);
        for (HostStores.Mapped mapped : seen.stores().list()) {
            page.sample(full, Map.of("shard_group", group(mapped)), value.applyAsLong(mapped.reader()));
        }
    }

    private static void groupBys(
            Metrics page, Snapshot seen, String name, String help, ToLongFunction<GroupByView> value) {
        String full = "tilefold_serving_" + name;
        page.metric(full, "gauge", help);
        for (TargetPlan target : seen.targets().groupBys().served().values()) {
            for (HostStores.Mapped mapped : seen.stores().list()) {
                GroupByView view = mapped.view().groupBy(target.parts().get(0).id());
                page.sample(
                        full,
                        Map.of("group_by", target.name(), "shard_group", group(mapped)),
                        view == null ? 0 : value.applyAsLong(view));
            }
        }
    }

    private static String group(HostStores.Mapped mapped) {
        return String.valueOf(mapped.view().shardGroup());
    }

    private static void one(Metrics page, String name, String type, String help, long value) {
        String full = "tilefold_serving_" + name;
        page.metric(full, type, help).sample(full, Map.of(), value);
    }
}
