package io.tilefold.ingest;

import io.tilefold.client.NodeCredentials;
import io.tilefold.core.key.ShardSet;
import io.tilefold.ingest.cluster.ClusterSettings;
import io.tilefold.ingest.config.IdleProfile;
import io.tilefold.ingest.config.MemberAddress;
import io.tilefold.ingest.kafka.ReaderSettings;
import io.tilefold.ingest.log.LogLimits;
import io.tilefold.ingest.rpc.ServerSettings;
import io.tilefold.node.TlsFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Everything an ingest node can be told. Immutable and validated; defaults are the builder's.
 *
 * @param memberId of this node in its shard group: its place among the members
 * @param members of the shard group, the same list on every one of them, one, three or five; empty: this node alone. The entry of this node
 *     stands for host, grpcPort and clusterPortBase
 * @param host address all its servers listen on
 * @param dataDir the replicated log: archive and cluster directories; one node at a time
 * @param storeDir the tile store, shared with the serving nodes of the host
 * @param aeronDir what the media driver and its clients share; memory-backed if possible; emptied at start, removed at stop
 * @param shardGroup of the deployment that this node belongs to
 * @param shards that the shard group owns, out of the deployment's; set once
 * @param kafkaBootstrap servers, {@code host:port[,host:port]}
 * @param servingNodes {@code host:port} each, asked about the events of lefts of joins whose outputs are read; empty: such GroupBys' topics are not read
 * @param servingCredentials with which they are asked
 * @param grpcPort 0: any free one, see {@link IngestNode#grpcPort()}
 * @param metricsPort TCP port of the page for Prometheus, {@code /metrics}; 0: none
 * @param tls files of the node's certificate, for its gRPC services and its calls to the other members; without them connections are not encrypted. The cluster's own
 *     traffic never is
 * @param accessFile who may call what (see {@link io.tilefold.node.AccessRules}); without it whoever reaches the port may do everything
 * @param fileCheckMs how often these files are looked at for changes
 * @param clusterPortBase the cluster uses this UDP port and the next four; 0: any free ones
 * @param deadLetterSuffix a topic's dead-letter topic is its name with this behind it
 * @param maxFutureMs an event's or mutation's time may be this much after its Kafka record's timestamp; beyond it goes to the dead-letter topic
 * @param maxPollRecords most records taken from Kafka at once
 * @param idleProfile how the duty cycles wait
 * @param fileSyncLevel of the log and its snapshots: 0 leaves writing back to the kernel (an entry survives the process, and a power loss of
 *     fewer than half of the members), 1 syncs data before an entry counts as written, 2 also metadata
 * @param leaderTimeoutMs a leader that is silent for this long is replaced
 * @param snapshotIntervalMs between snapshots of what has been applied; 0: only on demand
 * @param logSegmentLength bytes by which the log on disk grows and is cut off; a power of two
 * @param topicCheckIntervalMs how often topics are looked up: new partitions, missing and recreated topics
 * @param caughtUpIntervalMs how often the topics' ends are looked up
 * @param uploadTtlMs an upload without a call for this long is dropped
 * @param commandTimeoutMs how long a catalog or a commit may take through the log
 * @param startTimeoutMs how long replaying the log may take
 * @param rehearsalMs for how long a node that starts sends made-up events the way of real ones, into a store that is thrown away, so that this way is compiled when it says that it
 *     is ready; 0: not at all. Once a process
 */
public record IngestConfig(
        int memberId,
        List<MemberAddress> members,
        String host,
        Path dataDir,
        Path storeDir,
        Path aeronDir,
        int shardGroup,
        ShardSet shards,
        String kafkaBootstrap,
        List<String> servingNodes,
        NodeCredentials servingCredentials,
        int grpcPort,
        int metricsPort,
        Optional<TlsFiles> tls,
        Optional<Path> accessFile,
        long fileCheckMs,
        int clusterPortBase,
        String deadLetterSuffix,
        long maxFutureMs,
        int maxPollRecords,
        IdleProfile idleProfile,
        int fileSyncLevel,
        long leaderTimeoutMs,
        long snapshotIntervalMs,
        int logSegmentLength,
        long topicCheckIntervalMs,
        long caughtUpIntervalMs,
        long uploadTtlMs,
        long commandTimeoutMs,
        long startTimeoutMs,
        long rehearsalMs) {
    private static final int MEMBERS_MAX = 5;

    public IngestConfig {
        members = List.copyOf(members);
        servingNodes = List.copyOf(servingNodes);
        check(
                members.isEmpty() || (members.size() % 2 == 1 && members.size() <= MEMBERS_MAX),
                "members",
                members,
                "one, three or five");
        check(
                memberId >= 0 && memberId < Math.max(1, members.size()),
                "memberId",
                memberId,
                "0 to " + (Math.max(1, members.size()) - 1) + ", the place among the members");
        check(members.stream().distinct().count() == members.size(), "members", members, "each once");
        if (!members.isEmpty()) {
            MemberAddress own = members.get(memberId);
            host = own.host();
            grpcPort = own.grpcPort();
            clusterPortBase = own.clusterPort();
        }
        check(!host.isBlank(), "host", host, "an address of this machine");
        check(shardGroup >= 0, "shardGroup", shardGroup, "0 or more");
        check(!kafkaBootstrap.isBlank(), "kafkaBootstrap", kafkaBootstrap, "host:port[,host:port]");
        check(grpcPort >= 0 && grpcPort <= 65_535, "grpcPort", grpcPort, "a port, or 0 for any");
        check(metricsPort >= 0 && metricsPort <= 65_535, "metricsPort", metricsPort, "a port, or 0 for none");
        check(fileCheckMs >= 1, "fileCheckMs", fileCheckMs, "1 or more");
        check(
                clusterPortBase >= 0 && clusterPortBase <= 65_535 - 4,
                "clusterPortBase",
                clusterPortBase,
                "a port with four more behind it, or 0 for any");
        check(!deadLetterSuffix.isBlank(), "deadLetterSuffix", deadLetterSuffix, "for example .dead-letter");
        check(maxFutureMs >= 0, "maxFutureMs", maxFutureMs, "0 or more");
        check(maxPollRecords >= 1, "maxPollRecords", maxPollRecords, "1 or more");
        check(fileSyncLevel >= 0 && fileSyncLevel <= 2, "fileSyncLevel", fileSyncLevel, "0, 1 or 2");
        check(leaderTimeoutMs >= 200, "leaderTimeoutMs", leaderTimeoutMs, "200 or more");
        check(snapshotIntervalMs >= 0, "snapshotIntervalMs", snapshotIntervalMs, "0 or more");
        check(
                logSegmentLength >= LogLimits.TERM_LENGTH && Integer.bitCount(logSegmentLength) == 1,
                "logSegmentLength",
                logSegmentLength,
                "a power of two from " + LogLimits.TERM_LENGTH + " on");
        check(topicCheckIntervalMs >= 1, "topicCheckIntervalMs", topicCheckIntervalMs, "1 or more");
        check(caughtUpIntervalMs >= 1, "caughtUpIntervalMs", caughtUpIntervalMs, "1 or more");
        check(uploadTtlMs >= 1, "uploadTtlMs", uploadTtlMs, "1 or more");
        check(commandTimeoutMs >= 1, "commandTimeoutMs", commandTimeoutMs, "1 or more");
        check(startTimeoutMs >= 1, "startTimeoutMs", startTimeoutMs, "1 or more");
        check(rehearsalMs >= 0 && rehearsalMs <= 60_000, "rehearsalMs", rehearsalMs, "0 to 60000");
        dataDir = dataDir.toAbsolutePath().normalize();
        storeDir = storeDir.toAbsolutePath().normalize();
        aeronDir = aeronDir.toAbsolutePath().normalize();
        check(
                !dataDir.startsWith(aeronDir) && !storeDir.startsWith(aeronDir),
                "aeronDir",
                aeronDir,
                "a directory of its own: it is emptied");
    }

    private static void check(boolean good, String field, Object value, String hint) {
        if (!good) {
            throw new IllegalArgumentException("ingest config, " + field + ": " + value + " (write " + hint + ")");
        }
    }

    /** Shards of the deployment. */
    public int shardCount() {
        return shards.shardCount();
    }

    ClusterSettings cluster() {
        return new ClusterSettings(
                memberId,
                members,
                host,
                clusterPortBase,
                dataDir,
                aeronDir,
                idleProfile,
                fileSyncLevel,
                leaderTimeoutMs,
                logSegmentLength);
    }

    ReaderSettings reader() {
        return new ReaderSettings(
                kafkaBootstrap,
                deadLetterSuffix,
                maxFutureMs,
                shards,
                maxPollRecords,
                topicCheckIntervalMs,
                caughtUpIntervalMs,
                idleProfile);
    }

    ServerSettings server() {
        return new ServerSettings(
                host, grpcPort, shardGroup, shards, memberId, kafkaBootstrap, maxFutureMs, uploadTtlMs);
    }

    /** @param kafkaBootstrap servers, {@code host:port[,host:port]} */
    public static Builder builder(Path dataDir, Path storeDir, String kafkaBootstrap) {
        return new Builder(dataDir, storeDir, kafkaBootstrap);
    }

    /** The defaults, and what replaces them. */
    public static final class Builder {
        private final Path dataDir;
        private final Path storeDir;
        private final String kafkaBootstrap;
        private int memberId;
        private List<MemberAddress> members = List.of();
        private String host = "127.0.0.1";
        private Path aeronDir;
        private int shardGroup;
        private int shardCount = 4;
        private String shards = "all";
        private List<String> servingNodes = List.of();
        private NodeCredentials servingCredentials = NodeCredentials.NONE;
        private int grpcPort;
        private int metricsPort;
        private Optional<TlsFiles> tls = Optional.empty();
        private Optional<Path> accessFile = Optional.empty();
        private long fileCheckMs = 60_000;
        private int clusterPortBase;
        private String deadLetterSuffix = ".dead-letter";
        private long maxFutureMs = 3_600_000;
        private int maxPollRecords = 2_000;
        private IdleProfile idleProfile = IdleProfile.DEFAULT;
        private int fileSyncLevel;
        private long leaderTimeoutMs = 2_000;
        private long snapshotIntervalMs = 3_600_000;
        private int logSegmentLength = 32 << 20;
        private long topicCheckIntervalMs = 5_000;
        private long caughtUpIntervalMs = 500;
        private long uploadTtlMs = 3_600_000;
        private long commandTimeoutMs = 30_000;
        private long startTimeoutMs = 600_000;
        private long rehearsalMs = 1_500;

        private Builder(Path dataDir, Path storeDir, String kafkaBootstrap) {
            this.dataDir = Objects.requireNonNull(dataDir, "dataDir");
            this.storeDir = Objects.requireNonNull(storeDir, "storeDir");
            this.kafkaBootstrap = Objects.requireNonNull(kafkaBootstrap, "kafkaBootstrap");
            this.aeronDir = defaultAeronDir(dataDir);
        }

        /** In shared memory where there is some, under a name that belongs to the data directory. */
        private static Path defaultAeronDir(Path dataDir) {
            Path memory = Path.of("/dev/shm");
            Path absolute = dataDir.toAbsolutePath().normalize();
            String name = "tilefold-ingest-" + System.getProperty("user.name") + "-"
                    + Integer.toHexString(absolute.toString().hashCode());
            return Files.isWritable(memory) ? memory.resolve(name) : absolute.resolveSibling(name);
        }

        public Builder memberId(int id) {
            memberId = id;
            return this;
        }

        public Builder members(List<MemberAddress> all) {
            members = all;
            return this;
        }

        public Builder host(String address) {
            host = address;
            return this;
        }

        public Builder aeronDir(Path directory) {
            aeronDir = directory;
            return this;
        }

        public Builder shardGroup(int group) {
            shardGroup = group;
            return this;
        }

        public Builder shardCount(int count) {
            shardCount = count;
            return this;
        }

        /** The shards that the group owns, {@code "0-3,7"} or {@code "all"}. */
        public Builder shards(String owned) {
            shards = owned;
            return this;
        }

        public Builder servingNodes(List<String> addresses) {
            servingNodes = addresses;
            return this;
        }

        public Builder servingCredentials(NodeCredentials credentials) {
            servingCredentials = credentials;
            return this;
        }

        public Builder grpcPort(int port) {
            grpcPort = port;
            return this;
        }

        public Builder metricsPort(int port) {
            metricsPort = port;
            return this;
        }

        public Builder tls(TlsFiles files) {
            tls = Optional.of(files);
            return this;
        }

        public Builder accessFile(Path file) {
            accessFile = Optional.of(file);
            return this;
        }

        public Builder fileCheckMs(long milliseconds) {
            fileCheckMs = milliseconds;
            return this;
        }

        public Builder clusterPortBase(int port) {
            clusterPortBase = port;
            return this;
        }

        public Builder deadLetterSuffix(String suffix) {
            deadLetterSuffix = suffix;
            return this;
        }

        public Builder maxFutureMs(long milliseconds) {
            maxFutureMs = milliseconds;
            return this;
        }

        public Builder maxPollRecords(int records) {
            maxPollRecords = records;
            return this;
        }

        public Builder idleProfile(IdleProfile profile) {
            idleProfile = profile;
            return this;
        }

        public Builder fileSyncLevel(int level) {
            fileSyncLevel = level;
            return this;
        }

        public Builder leaderTimeoutMs(long milliseconds) {
            leaderTimeoutMs = milliseconds;
            return this;
        }

        public Builder snapshotIntervalMs(long milliseconds) {
            snapshotIntervalMs = milliseconds;
            return this;
        }

        public Builder logSegmentLength(int bytes) {
            logSegmentLength = bytes;
            return this;
        }

        public Builder topicCheckIntervalMs(long milliseconds) {
            topicCheckIntervalMs = milliseconds;
            return this;
        }

        public Builder caughtUpIntervalMs(long milliseconds) {
            caughtUpIntervalMs = milliseconds;
            return this;
        }

        public Builder uploadTtlMs(long milliseconds) {
            uploadTtlMs = milliseconds;
            return this;
        }

        public Builder commandTimeoutMs(long milliseconds) {
            commandTimeoutMs = milliseconds;
            return this;
        }

        public Builder startTimeoutMs(long milliseconds) {
            startTimeoutMs = milliseconds;
            return this;
        }

        public Builder rehearsalMs(long milliseconds) {
            rehearsalMs = milliseconds;
            return this;
        }

        private ShardSet ownedShards() {
            check(
                    shardCount >= 1 && shardCount <= ShardSet.MAX_SHARD_COUNT,
                    "shardCount",
                    shardCount,
                    "1 to " + ShardSet.MAX_SHARD_COUNT);
            try {
                return ShardSet.parse(shards, shardCount);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "ingest config, " + e.getMessage() + " (write the group's shards, for example 0-3,7, or all)",
                        e);
            }
        }

        /** @throws IllegalArgumentException naming the field, its value and what to write */
        public IngestConfig build() {
            return new IngestConfig(
                    memberId,
                    members,
                    host,
                    dataDir,
                    storeDir,
                    aeronDir,
                    shardGroup,
                    ownedShards(),
                    kafkaBootstrap,
                    servingNodes,
                    servingCredentials,
                    grpcPort,
                    metricsPort,
                    tls,
                    accessFile,
                    fileCheckMs,
                    clusterPortBase,
                    deadLetterSuffix,
                    maxFutureMs,
                    maxPollRecords,
                    idleProfile,
                    fileSyncLevel,
                    leaderTimeoutMs,
                    snapshotIntervalMs,
                    logSegmentLength,
                    topicCheckIntervalMs,
                    caughtUpIntervalMs,
                    uploadTtlMs,
                    commandTimeoutMs,
                    startTimeoutMs,
                    rehearsalMs);
        }
    }
}
