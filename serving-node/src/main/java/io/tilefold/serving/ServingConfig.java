package io.tilefold.serving;

import io.tilefold.node.OtlpConfig;
import io.tilefold.node.TlsFiles;
import io.tilefold.serving.external.ExternalSource;
import io.tilefold.serving.peer.PeerSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a serving node is told at its start. Immutable; validated once, here.
 *
 * @param host address to listen on; {@value #DEFAULT_HOST}: this machine only, since calls are neither encrypted nor authenticated
 * @param port {@value #DEFAULT_PORT}; 0: any free one
 * @param storeDirs store directories of the shard groups served here, one for each group, 1 to 64; the catalog of the first that is mapped says what is served
 * @param staleAfterMs {@value #DEFAULT_STALE_AFTER_MS}: a streaming part is STALE where live stood at its topics' end longer ago than this
 * @param maxRows {@value #DEFAULT_MAX_ROWS}: rows of one fetch
 * @param maxRequestBytes {@value #DEFAULT_MAX_REQUEST_BYTES}: bytes of one request
 * @param maxMetadataBytes {@value #DEFAULT_MAX_METADATA_BYTES}: bytes of one call's headers
 * @param defaultDeadlineMs {@value #DEFAULT_DEADLINE_MS}: how long a call without a deadline waits for its minimum positions
 * @param maxWaitingFetches {@value #DEFAULT_MAX_WAITING_FETCHES}: calls that wait for minimum positions at one time
 * @param inlineValues {@value #DEFAULT_INLINE_VALUES}: fetches of up to so many values (rows times features) are answered on the event loop
 *     that brought them, larger ones by the workers
 * @param workerThreads 0: one per processor
 * @param maxQueuedFetches {@value #DEFAULT_MAX_QUEUED_FETCHES}: large fetches that wait for a worker; further ones are refused
 * @param maxFetchesInFlight {@value #DEFAULT_MAX_FETCHES_IN_FLIGHT}: fetches under way at one time, small and large, of clients and peers; further ones are refused
 * @param maxConnections {@value #DEFAULT_MAX_CONNECTIONS}: open at one time; further ones are told so and closed
 * @param maxUnreadBytes {@value #DEFAULT_MAX_UNREAD_BYTES}: bytes of answers that a client may leave unread on one connection; it is cut when more
 *     wait and another answer comes
 * @param maxCallsPerConnection {@value #DEFAULT_MAX_CALLS_PER_CONNECTION}: calls under way on one connection; a client keeps further ones
 *     back, where they cost this node nothing
 * @param maxConnectionIdleMs 0: for ever; else a connection without calls is closed after this long
 * @param maxConnectionAgeMs 0: for ever; else a client is asked to connect anew after about this long, so that load spreads over new nodes
 * @param keepAliveMs {@value #DEFAULT_KEEPALIVE_MS}: a connection that is silent for this long is asked whether it is still there
 * @param keepAliveTimeoutMs {@value #DEFAULT_KEEPALIVE_TIMEOUT_MS}: and closed if it does not say so within this
 * @param drainMs {@value #DEFAULT_DRAIN_MS}: what calls under way get when the node or a connection ends
 * @param tls without it calls are neither encrypted nor authenticated
 * @param tlsReloadMs {@value #DEFAULT_TLS_RELOAD_MS}: how often these files, which the node shows its peers too, and the access file are looked at
 * @param accessFile who may call what, see {@link io.tilefold.node.AccessRules}; without it whoever reaches the port may
 * @param featureLog without it nothing is written down
 * @param externalSources what joins' external parts are asked of, by the name they call it; the node closes them
 * @param externalTimeoutMs {@value #DEFAULT_EXTERNAL_TIMEOUT_MS}: what a source gets at most; less where the request's budget is shorter
 * @param latencyLogMs {@value #DEFAULT_LATENCY_LOG_MS}: how often a line is logged for each target that was asked; 0: never
 * @param latencyLogDir where an interval log ({@code .hlog}) of all stages is written, every latencyLogMs; without it none is
 * @param metricsPort of the page for Prometheus, {@code /metrics}; 0: none
 * @param otlp where the same metrics are sent by OTLP; without it nowhere
 * @param eventLoopThreads 0: one per processor
 * @param storePollMs {@value #DEFAULT_STORE_POLL_MS}: how often the node looks for a new catalog, version or generation while no call does
 * @param storeRetryMs {@value #DEFAULT_STORE_RETRY_MS}: how often it tries to open a store that is not there yet, and looks whether one was made anew
 * @param shardMap YAML file that says where the other shard groups of the deployment are; without it keys of others are FAILED(SHARD_UNREACHABLE)
 * @param shardMapPollMs {@value #DEFAULT_SHARD_MAP_POLL_MS}: how often the file is looked at
 * @param maxPeerCalls {@value PeerSettings#DEFAULT_MAX_CALLS}: calls under way to the nodes of one other shard group; rows beyond are
 *     FAILED(SHARD_UNREACHABLE)
 * @param rehearsalMs {@value #DEFAULT_REHEARSAL_MS}: for how long a node that has something to serve for the first time asks itself for it before its health is SERVING, so that what answers is
 *     compiled by then; 0: not at all
 */
public record ServingConfig(
        String host,
        int port,
        List<Path> storeDirs,
        long staleAfterMs,
        int maxRows,
        int maxRequestBytes,
        int maxMetadataBytes,
        long defaultDeadlineMs,
        int maxWaitingFetches,
        int inlineValues,
        int workerThreads,
        int maxQueuedFetches,
        int maxFetchesInFlight,
        int maxConnections,
        long maxUnreadBytes,
        int maxCallsPerConnection,
        long maxConnectionIdleMs,
        long maxConnectionAgeMs,
        long keepAliveMs,
        long keepAliveTimeoutMs,
        long drainMs,
        Optional<TlsFiles> tls,
        long tlsReloadMs,
        Optional<Path> accessFile,
        Optional<FeatureLogConfig> featureLog,
        Map<String, ExternalSource> externalSources,
        long externalTimeoutMs,
        long latencyLogMs,
        Optional<Path> latencyLogDir,
        int metricsPort,
        Optional<OtlpConfig> otlp,
        int eventLoopThreads,
        long storePollMs,
        long storeRetryMs,
        Optional<Path> shardMap,
        long shardMapPollMs,
        int maxPeerCalls,
        long rehearsalMs) {
    public static final String DEFAULT_HOST = "127.0.0.1";
    public static final int DEFAULT_PORT = 7070;
    public static final long DEFAULT_STALE_AFTER_MS = 10_000;
    public static final int DEFAULT_MAX_ROWS = 10_000;
    public static final int DEFAULT_MAX_REQUEST_BYTES = 16 << 20;
    public static final int DEFAULT_MAX_METADATA_BYTES = 16 << 10;
    public static final long DEFAULT_DEADLINE_MS = 1_000;
    public static final int DEFAULT_MAX_WAITING_FETCHES = 1_000;
    public static final int DEFAULT_INLINE_VALUES = 2_000;
    public static final int DEFAULT_MAX_QUEUED_FETCHES = 1_000;
    public static final int DEFAULT_MAX_FETCHES_IN_FLIGHT = 2_000;
    public static final int DEFAULT_MAX_CONNECTIONS = 2_000;
    public static final long DEFAULT_MAX_UNREAD_BYTES = 32 << 20;
    public static final int DEFAULT_MAX_CALLS_PER_CONNECTION = 256;
    public static final long DEFAULT_KEEPALIVE_MS = 60_000;
    public static final long DEFAULT_KEEPALIVE_TIMEOUT_MS = 20_000;
    public static final long DEFAULT_DRAIN_MS = 5_000;
    public static final long DEFAULT_TLS_RELOAD_MS = 60_000;
    public static final long DEFAULT_EXTERNAL_TIMEOUT_MS = 50;
    public static final long DEFAULT_LATENCY_LOG_MS = 60_000;
    public static final long DEFAULT_STORE_POLL_MS = 10;
    public static final long DEFAULT_STORE_RETRY_MS = 250;
    public static final long DEFAULT_SHARD_MAP_POLL_MS = 1_000;
    public static final long DEFAULT_REHEARSAL_MS = 1_500;

    /** @throws IllegalArgumentException naming the setting and its value */
    public ServingConfig {
        storeDirs = List.copyOf(storeDirs);
        externalSources = Map.copyOf(externalSources);
        check(!host.isBlank(), "host", host, "an address to listen on, for example 127.0.0.1 or 0.0.0.0");
        check(port >= 0 && port <= 65_535, "port", port, "from 1 to 65535, or 0 for any free one");
        check(
                !storeDirs.isEmpty() && storeDirs.size() <= HostStores.STORES_MAX,
                "storeDirs",
                storeDirs,
                "1 to " + HostStores.STORES_MAX + " directories, one for each shard group served here");
        check(
                storeDirs.stream()
                                .map(directory -> directory.toAbsolutePath().normalize())
                                .distinct()
                                .count()
                        == storeDirs.size(),
                "storeDirs",
                storeDirs,
                "different directories, one for each shard group served here");
        check(staleAfterMs > 0, "staleAfterMs", staleAfterMs, "positive");
        check(maxRows > 0, "maxRows", maxRows, "positive");
        check(maxRequestBytes >= 1024, "maxRequestBytes", maxRequestBytes, "at least 1024");
        check(
                maxMetadataBytes >= 1024 && maxMetadataBytes <= 1 << 20,
                "maxMetadataBytes",
                maxMetadataBytes,
                "from 1024 to 1048576");
        check(
                defaultDeadlineMs > 0 && defaultDeadlineMs <= 3_600_000,
                "defaultDeadlineMs",
                defaultDeadlineMs,
                "from 1 ms to an hour");
        check(maxWaitingFetches > 0, "maxWaitingFetches", maxWaitingFetches, "positive");
        check(inlineValues >= 0, "inlineValues", inlineValues, "not negative");
        check(workerThreads >= 0 && workerThreads <= 1024, "workerThreads", workerThreads, "0 to 1024");
        check(maxQueuedFetches > 0, "maxQueuedFetches", maxQueuedFetches, "positive");
        check(maxFetchesInFlight > 0, "maxFetchesInFlight", maxFetchesInFlight, "positive");
        check(maxConnections > 0, "maxConnections", maxConnections, "positive");
        check(maxUnreadBytes >= 0, "maxUnreadBytes", maxUnreadBytes, "not negative");
        check(maxCallsPerConnection > 0, "maxCallsPerConnection", maxCallsPerConnection, "positive");
        check(maxConnectionIdleMs >= 0, "maxConnectionIdleMs", maxConnectionIdleMs, "not negative");
        check(maxConnectionAgeMs >= 0, "maxConnectionAgeMs", maxConnectionAgeMs, "not negative");
        check(keepAliveMs >= 1_000, "keepAliveMs", keepAliveMs, "at least 1000");
        check(keepAliveTimeoutMs >= 1_000, "keepAliveTimeoutMs", keepAliveTimeoutMs, "at least 1000");
        check(drainMs >= 0, "drainMs", drainMs, "not negative");
        check(tlsReloadMs > 0, "tlsReloadMs", tlsReloadMs, "positive");
        check(
                externalTimeoutMs > 0 && externalTimeoutMs <= 60_000,
                "externalTimeoutMs",
                externalTimeoutMs,
                "from 1 ms to a minute");
        check(latencyLogMs >= 0, "latencyLogMs", latencyLogMs, "not negative");
        check(metricsPort >= 0 && metricsPort <= 65_535, "metricsPort", metricsPort, "a port, or 0 for none");
        check(
                latencyLogDir.isEmpty() || latencyLogMs > 0,
                "latencyLogMs",
                latencyLogMs,
                "positive where there is a latencyLogDir");
        check(eventLoopThreads >= 0 && eventLoopThreads <= 1024, "eventLoopThreads", eventLoopThreads, "0 to 1024");
        check(storePollMs > 0, "storePollMs", storePollMs, "positive");
        check(storeRetryMs > 0, "storeRetryMs", storeRetryMs, "positive");
        check(shardMapPollMs > 0, "shardMapPollMs", shardMapPollMs, "positive");
        check(maxPeerCalls > 0, "maxPeerCalls", maxPeerCalls, "positive");
        check(rehearsalMs >= 0 && rehearsalMs <= 60_000, "rehearsalMs", rehearsalMs, "0 to 60000");
    }

    private static void check(boolean valid, String setting, Object value, String rule) {
        if (!valid) {
            throw new IllegalArgumentException("serving." + setting + " is " + value + ": it must be " + rule);
        }
    }

    public static Builder builder(Path storeDir) {
        return new Builder(List.of(storeDir));
    }

    public static Builder builder(List<Path> storeDirs) {
        return new Builder(storeDirs);
    }

    /** Starts from the defaults. */
    public static final class Builder {
        private final List<Path> storeDirs;
        private String host = DEFAULT_HOST;
        private int port = DEFAULT_PORT;
        private long staleAfterMs = DEFAULT_STALE_AFTER_MS;
        private int maxRows = DEFAULT_MAX_ROWS;
        private int maxRequestBytes = DEFAULT_MAX_REQUEST_BYTES;
        private int maxMetadataBytes = DEFAULT_MAX_METADATA_BYTES;
        private long defaultDeadlineMs = DEFAULT_DEADLINE_MS;
        private int maxWaitingFetches = DEFAULT_MAX_WAITING_FETCHES;
        private int inlineValues = DEFAULT_INLINE_VALUES;
        private int workerThreads;
        private int maxQueuedFetches = DEFAULT_MAX_QUEUED_FETCHES;
        private int maxFetchesInFlight = DEFAULT_MAX_FETCHES_IN_FLIGHT;
        private int maxConnections = DEFAULT_MAX_CONNECTIONS;
        private long maxUnreadBytes = DEFAULT_MAX_UNREAD_BYTES;
        private int maxCallsPerConnection = DEFAULT_MAX_CALLS_PER_CONNECTION;
        private long maxConnectionIdleMs;
        private long maxConnectionAgeMs;
        private long keepAliveMs = DEFAULT_KEEPALIVE_MS;
        private long keepAliveTimeoutMs = DEFAULT_KEEPALIVE_TIMEOUT_MS;
        private long drainMs = DEFAULT_DRAIN_MS;
        private Optional<TlsFiles> tls = Optional.empty();
        private long tlsReloadMs = DEFAULT_TLS_RELOAD_MS;
        private Optional<Path> accessFile = Optional.empty();
        private Optional<FeatureLogConfig> featureLog = Optional.empty();
        private final Map<String, ExternalSource> externalSources = new TreeMap<>();
        private long externalTimeoutMs = DEFAULT_EXTERNAL_TIMEOUT_MS;
        private long latencyLogMs = DEFAULT_LATENCY_LOG_MS;
        private Optional<Path> latencyLogDir = Optional.empty();
        private int metricsPort;
        private Optional<OtlpConfig> otlp = Optional.empty();
        private int eventLoopThreads;
        private long storePollMs = DEFAULT_STORE_POLL_MS;
        private long storeRetryMs = DEFAULT_STORE_RETRY_MS;
        private Optional<Path> shardMap = Optional.empty();
        private long shardMapPollMs = DEFAULT_SHARD_MAP_POLL_MS;
        private int maxPeerCalls = PeerSettings.DEFAULT_MAX_CALLS;
        private long rehearsalMs = DEFAULT_REHEARSAL_MS;

        private Builder(List<Path> storeDirs) {
            this.storeDirs = storeDirs;
        }

        public Builder host(String address) {
            host = address;
            return this;
        }

        public Builder port(int number) {
            port = number;
            return this;
        }

        public Builder staleAfterMs(long milliseconds) {
            staleAfterMs = milliseconds;
            return this;
        }

        public Builder maxRows(int rows) {
            maxRows = rows;
            return this;
        }

        public Builder maxRequestBytes(int bytes) {
            maxRequestBytes = bytes;
            return this;
        }

        public Builder maxMetadataBytes(int bytes) {
            maxMetadataBytes = bytes;
            return this;
        }

        public Builder defaultDeadlineMs(long milliseconds) {
            defaultDeadlineMs = milliseconds;
            return this;
        }

        public Builder maxWaitingFetches(int calls) {
            maxWaitingFetches = calls;
            return this;
        }

        public Builder inlineValues(int values) {
            inlineValues = values;
            return this;
        }

        public Builder workerThreads(int threads) {
            workerThreads = threads;
            return this;
        }

        public Builder maxQueuedFetches(int fetches) {
            maxQueuedFetches = fetches;
            return this;
        }

        public Builder maxFetchesInFlight(int fetches) {
            maxFetchesInFlight = fetches;
            return this;
        }

        public Builder maxConnections(int connections) {
            maxConnections = connections;
            return this;
        }

        public Builder maxUnreadBytes(long bytes) {
            maxUnreadBytes = bytes;
            return this;
        }

        public Builder maxCallsPerConnection(int calls) {
            maxCallsPerConnection = calls;
            return this;
        }

        public Builder maxConnectionIdleMs(long milliseconds) {
            maxConnectionIdleMs = milliseconds;
            return this;
        }

        public Builder maxConnectionAgeMs(long milliseconds) {
            maxConnectionAgeMs = milliseconds;
            return this;
        }

        public Builder keepAliveMs(long milliseconds) {
            keepAliveMs = milliseconds;
            return this;
        }

        public Builder keepAliveTimeoutMs(long milliseconds) {
            keepAliveTimeoutMs = milliseconds;
            return this;
        }

        public Builder drainMs(long milliseconds) {
            drainMs = milliseconds;
            return this;
        }

        public Builder tls(TlsFiles files) {
            tls = Optional.of(files);
            return this;
        }

        public Builder tlsReloadMs(long milliseconds) {
            tlsReloadMs = milliseconds;
            return this;
        }

        public Builder accessFile(Path file) {
            accessFile = Optional.of(file);
            return this;
        }

        public Builder featureLog(FeatureLogConfig log) {
            featureLog = Optional.of(log);
            return this;
        }

        /** @param name as joins call it */
        public Builder externalSource(String name, ExternalSource source) {
            externalSources.put(name, source);
            return this;
        }

        public Builder externalTimeoutMs(long milliseconds) {
            externalTimeoutMs = milliseconds;
            return this;
        }

        public Builder latencyLogMs(long milliseconds) {
            latencyLogMs = milliseconds;
            return this;
        }

        public Builder latencyLogDir(Path directory) {
            latencyLogDir = Optional.of(directory);
            return this;
        }

        public Builder metricsPort(int number) {
            metricsPort = number;
            return this;
        }

        public Builder otlp(OtlpConfig collector) {
            otlp = Optional.of(collector);
            return this;
        }

        public Builder eventLoopThreads(int threads) {
            eventLoopThreads = threads;
            return this;
        }

        public Builder storePollMs(long milliseconds) {
            storePollMs = milliseconds;
            return this;
        }

        public Builder storeRetryMs(long milliseconds) {
            storeRetryMs = milliseconds;
            return this;
        }

        public Builder shardMap(Path file) {
            shardMap = Optional.of(file);
            return this;
        }

        public Builder shardMapPollMs(long milliseconds) {
            shardMapPollMs = milliseconds;
            return this;
        }

        public Builder maxPeerCalls(int calls) {
            maxPeerCalls = calls;
            return this;
        }

        public Builder rehearsalMs(long milliseconds) {
            rehearsalMs = milliseconds;
            return this;
        }

        /** @throws IllegalArgumentException naming the setting and its value */
        public ServingConfig build() {
            return new ServingConfig(
                    host,
                    port,
                    storeDirs,
                    staleAfterMs,
                    maxRows,
                    maxRequestBytes,
                    maxMetadataBytes,
                    defaultDeadlineMs,
                    maxWaitingFetches,
                    inlineValues,
                    workerThreads,
                    maxQueuedFetches,
                    maxFetchesInFlight,
                    maxConnections,
                    maxUnreadBytes,
                    maxCallsPerConnection,
                    maxConnectionIdleMs,
                    maxConnectionAgeMs,
                    keepAliveMs,
                    keepAliveTimeoutMs,
                    drainMs,
                    tls,
                    tlsReloadMs,
                    accessFile,
                    featureLog,
                    externalSources,
                    externalTimeoutMs,
                    latencyLogMs,
                    latencyLogDir,
                    metricsPort,
                    otlp,
                    eventLoopThreads,
                    storePollMs,
                    storeRetryMs,
                    shardMap,
                    shardMapPollMs,
                    maxPeerCalls,
                    rehearsalMs);
        }
    }
}
