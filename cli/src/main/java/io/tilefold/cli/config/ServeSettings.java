package io.tilefold.cli.config;

import io.tilefold.node.TlsFiles;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Settings of a serving node, {@code tilefold serve}. */
public record ServeSettings(
        @Setting("Address to listen on.") String host,

        @Setting("Port of the feature service; 0 picks a free one, the ready line says which.")
        int port,

        @Setting(
                "Tile stores to map: the storeDir of each ingest node on this host, one for each shard group, all of one shardCount. What is served is what the"
                        + " catalog of the first says.")
        List<Path> storeDirs,

        @Setting("An answer is marked STALE when what was applied is older than this many milliseconds.")
        long staleAfterMs,

        @Setting("Most rows in one request; more are refused with RESOURCE_EXHAUSTED.")
        int maxRows,

        @Setting("Most bytes of one request.") int maxRequestBytes,

        @Setting("Most bytes of a call's headers.") int maxMetadataBytes,

        @Setting("How long a call without a deadline waits for its minimum positions.")
        long defaultDeadlineMs,

        @Setting("Fetches that may wait for a position or a newer view; more are refused.")
        int maxWaitingFetches,

        @Setting("Fetches of up to so many values (rows times features) are answered on the event loop, larger ones by"
                + " workers.")
        int inlineValues,

        @Setting("Threads for large fetches and derivations; 0: one per processor.")
        int workerThreads,

        @Setting("Fetches that may wait for a worker; more are refused at once with the time to wait.")
        int maxQueuedFetches,

        @Setting("Fetches under way at one time, small and large; more are refused at once with the time to wait.")
        int maxFetchesInFlight,

        @Setting("Threads of the gRPC transport; 0: one per processor.")
        int eventLoopThreads,

        @Setting(
                "For how long a node that first has something to serve asks itself for it before its health is SERVING, so that"
                        + " the first requests meet compiled code; 0: not at all.")
        long rehearsalMs,

        @Setting("Connections open at one time; more are told so and closed.")
        int maxConnections,

        @Setting(
                "Bytes of answers that a client may leave unread on one connection; it is cut when more wait and another"
                        + " answer comes.")
        long maxUnreadBytes,

        @Setting("Calls under way on one connection; clients keep further ones back.")
        int maxCallsPerConnection,

        @Setting("A connection without calls is closed after this long; 0: never.")
        long maxConnectionIdleMs,

        @Setting("A client is asked to connect anew after about this long, to spread load over new nodes; 0: never.")
        long maxConnectionAgeMs,

        @Setting("A connection that is silent for this long is asked whether it is still there.")
        long keepAliveMs,

        @Setting("It is closed if it does not say so within this long.")
        long keepAliveTimeoutMs,

        @Setting("What calls under way get when the node or a connection ends.")
        long drainMs,

        @Setting("PEM file of the node's certificate chain, its own first; empty: connections are not encrypted.")
        String tlsCertificate,

        @Setting("PEM file of its private key, PKCS 8, not encrypted.")
        String tlsKey,

        @Setting("PEM file of the authorities whose signature client certificates must bear; empty: clients need none.")
        String tlsClientAuthorities,

        @Setting("File that says who may call what, a line each: NAME RIGHT[,RIGHT] sha256:HASH-OF-TOKEN or"
                + " subject:NAME.\n"
                + "Rights are fetch and admin. Empty: whoever reaches the port may do everything.")
        String accessFile,

        @Setting("How often these files are looked at for changes.")
        long fileCheckMs,

        @Setting("External sources of joins, each NAME=grpc://HOST:PORT or grpcs://HOST:PORT.")
        List<String> externalSources,

        @Setting("What an external source gets at most; less where the request's budget is shorter.")
        long externalTimeoutMs,

        @Setting("Directory of the feature log, a sample of requests and answers; empty: none is written.")
        String featureLogDir,

        @Setting("Share of all fetches that is written there, above 0 and up to 1.")
        double featureLogSample,

        @Setting("How often a line of latencies is logged for each target; 0: never.")
        long latencyLogMs,

        @Setting("Directory of interval logs (.hlog) of all stages, written as often; empty: none.")
        String latencyLogDir,

        @Setting("Port of the page for Prometheus, /metrics; 0: none.")
        int metricsPort,

        @Setting(
                "Collector that the same metrics are sent to by OTLP over gRPC, http://HOST:4317 or https://HOST:4317; empty:"
                        + " none.")
        String otlpEndpoint,

        @Setting("How often they are sent.") long otlpIntervalMs,

        @Setting("""
                YAML file that says where the shard groups of the deployment are (examples/config/shards.yaml): keys of other groups are asked of
                their serving nodes. Followed while the node runs. Empty: this node knows its own shards alone.""") String shardMap) {

    private static final long DAY_MS = 86_400_000;
    private static final int ROWS_MAX = 1_000_000;

    public static final ServeSettings DEFAULTS = new ServeSettings(
            "127.0.0.1",
            7071,
            List.of(Path.of("data/store")),
            10_000,
            10_000,
            16 << 20,
            16 << 10,
            1_000,
            1_000,
            2_000,
            0,
            1_000,
            2_000,
            0,
            1_500,
            2_000,
            32 << 20,
            256,
            0,
            0,
            60_000,
            20_000,
            5_000,
            "",
            "",
            "",
            "",
            60_000,
            List.of(),
            50,
            "",
            0.01,
            60_000,
            "",
            0,
            "",
            60_000,
            "");

    public ServeSettings {
        InvalidSettingException.requireText("host", host);
        InvalidSettingException.requirePort("port", port);
        storeDirs = List.copyOf(storeDirs);
        externalSources = List.copyOf(externalSources);
        if (storeDirs.isEmpty()) {
            throw new InvalidSettingException("storeDirs", "storeDirs: names no directory; give one at least");
        }
        InvalidSettingException.requireInRange("staleAfterMs", staleAfterMs, 1, DAY_MS);
        InvalidSettingException.requireInRange("maxRows", maxRows, 1, ROWS_MAX);
        TlsSettings.check(tlsCertificate, tlsKey, tlsClientAuthorities);
        Set<String> names = new HashSet<>();
        for (String source : externalSources) {
            if (source.indexOf('=') < 1 || !names.add(sourceName(source))) {
                throw new InvalidSettingException(
                        "externalSources", "externalSources: '" + source + "' is not NAME=ADDRESS, each name once");
            }
        }
    }

    /** Files of the node's certificate, if it has one. */
    public Optional<TlsFiles> tls() {
        return TlsSettings.files(tlsCertificate, tlsKey, tlsClientAuthorities);
    }

    /** What stands before the {@code =} of an external source. */
    public static String sourceName(String source) {
        return source.substring(0, source.indexOf('='));
    }

    /** What stands behind it. */
    public static String sourceAddress(String source) {
        return source.substring(source.indexOf('=') + 1);
    }
}
