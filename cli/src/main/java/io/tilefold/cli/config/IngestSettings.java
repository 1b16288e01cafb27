package io.tilefold.cli.config;

import io.tilefold.client.NodeCredentials;
import io.tilefold.core.key.ShardSet;
import io.tilefold.node.TlsFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Settings of an ingest node, {@code tilefold ingest}: a member of the cluster that replicates one shard group. */
public record IngestSettings(
        @Setting("This member's place in the list of members, from 0.")
        int memberId,

        @Setting("""
                The members of the shard group, HOST:CLUSTER_PORT:GRPC_PORT each, the same list on every one of them; one, three or five.
                A member needs the UDP port CLUSTER_PORT and the four behind it. Empty: this node alone, at host, grpcPort and clusterPortBase;
                else its entry stands for these.""") List<String> members,

        @Setting("Address to listen on, for gRPC and for the cluster.")
        String host,

        @Setting("Directory of the replicated log, its snapshots and the cluster's marks.")
        Path dataDir,

        @Setting("Directory of the tile store; serving nodes on this host map the same files.")
        Path storeDir,

        @Setting("Number of shards of the deployment. Set once: keys hash to it.")
        int shardCount,

        @Setting("The shard group this node is a member of, from 0.")
        int shardGroup,

        @Setting("""
                The shards that the group owns, for example 0-3,7; all: every one. Set once, the same on all members. Each shard of the
                deployment is some group's, and one group's alone.""") String shards,

        @Setting("Kafka's bootstrap servers, HOST:PORT separated by commas.")
        String kafkaBootstrap,

        @Setting("""
                Serving nodes, HOST:PORT each, that are asked for what a join answers where a GroupBy reads its output. Empty: topics of such GroupBys are not read,
                and the log says so.""") List<String> servingNodes,

        @Setting("""
                PEM file of the authorities that sign their certificates; empty: connections to them are not encrypted. If it is given, and this node has a
                certificate, it shows it to them.""") String servingTlsAuthorities,

        @Setting("File whose first line is the token to send them, which needs the right fetch; empty: none.")
        String servingTokenFile,

        @Setting("Port of the upload and admin services; 0 picks a free one, the ready line says which.")
        int grpcPort,

        @Setting("Port of the page for Prometheus, /metrics; 0: none.")
        int metricsPort,

        @Setting("""
                PEM file of the node's certificate chain, its own first; empty: connections are not encrypted. Members show it to each other too, so it
                names the host that the list of members does. The cluster's own UDP traffic is never encrypted: keep it in a network of its own.""") String tlsCertificate,

        @Setting("PEM file of its private key, PKCS 8, not encrypted.")
        String tlsKey,

        @Setting("""
                PEM file of the authorities whose signature certificates of clients, and of the other members, must bear; empty: clients need none, members
                one of an authority that the platform trusts.""") String tlsClientAuthorities,

        @Setting("""
                File that says who may call what, a line each: NAME RIGHT[,RIGHT] sha256:HASH-OF-TOKEN or subject:NAME. Rights are status, upload
                (catalogs and versions), admin (snapshots, rollbacks) and member, which the other members need. Empty: whoever reaches the port may do everything.""") String accessFile,

        @Setting("How often these files are looked at for changes, in milliseconds.")
        long fileCheckMs,

        @Setting("The cluster uses this UDP port and the next four on host; 0 picks free ones.")
        int clusterPortBase,

        @Setting("""
                When the log and its snapshots reach the disk: 0 as the kernel likes (an entry survives the process, and a power loss of fewer than
                half of the members), 1 data before an entry counts as written, 2 metadata too.""") int fileSyncLevel,

        @Setting("A leader that is silent for this many milliseconds is replaced.")
        long leaderTimeoutMs,

        @Setting(
                "Milliseconds between snapshots of what has been applied, behind which the log is cut off; 0: only on demand.")
        long snapshotIntervalMs,

        @Setting(
                "How threads wait for work: default, or laptop, which costs half as much at rest and shows events some 10 ms later.")
        String idleProfile,

        @Setting(
                "An event's time may be this many milliseconds after its Kafka record's; beyond it goes to the dead-letter topic.")
        long maxFutureMs,

        @Setting("A topic's undecodable records go to the topic of its name with this behind.")
        String deadLetterSuffix) {

    private static final int MEMBER_ID_MAX = 4;
    private static final long LEADER_TIMEOUT_MS_MIN = 200;
    private static final List<String> IDLE_PROFILES = List.of("default", "laptop");
    private static final int SHARD_COUNT_MAX = 4096;
    private static final int PORTS_BEHIND = 4;

    public static final IngestSettings DEFAULTS = new IngestSettings(
            0,
            List.of(),
            "127.0.0.1",
            Path.of("data/ingest"),
            Path.of("data/store"),
            4,
            0,
            "all",
            "127.0.0.1:9092",
            List.of(),
            "",
            "",
            7070,
            0,
            "",
            "",
            "",
            "",
            60_000,
            20_000,
            0,
            2_000,
            3_600_000,
            "default",
            3_600_000,
            ".dead-letter");

    public IngestSettings {
        InvalidSettingException.requireInRange("memberId", memberId, 0, MEMBER_ID_MAX);
        members = List.copyOf(members);
        servingNodes = List.copyOf(servingNodes);
        InvalidSettingException.requireText("host", host);
        InvalidSettingException.requireInRange("shardCount", shardCount, 1, SHARD_COUNT_MAX);
        InvalidSettingException.requireInRange("shardGroup", shardGroup, 0, SHARD_COUNT_MAX - 1);
        requireShards(shards, shardCount);
        InvalidSettingException.requireText("kafkaBootstrap", kafkaBootstrap);
        InvalidSettingException.requirePort("grpcPort", grpcPort);
        InvalidSettingException.requirePort("metricsPort", metricsPort);
        TlsSettings.check(tlsCertificate, tlsKey, tlsClientAuthorities);
        InvalidSettingException.requireInRange("fileCheckMs", fileCheckMs, 1, Long.MAX_VALUE);
        InvalidSettingException.requireInRange("clusterPortBase", clusterPortBase, 0, 65_535 - PORTS_BEHIND);
        InvalidSettingException.requireInRange("fileSyncLevel", fileSyncLevel, 0, 2);
        InvalidSettingException.requireInRange(
                "leaderTimeoutMs", leaderTimeoutMs, LEADER_TIMEOUT_MS_MIN, Long.MAX_VALUE);
        InvalidSettingException.requireInRange("snapshotIntervalMs", snapshotIntervalMs, 0, Long.MAX_VALUE);
        if (!IDLE_PROFILES.contains(idleProfile)) {
            throw new InvalidSettingException(
                    "idleProfile", "idleProfile: " + idleProfile + " is none of " + String.join(", ", IDLE_PROFILES));
        }
        InvalidSettingException.requireInRange("maxFutureMs", maxFutureMs, 0, Long.MAX_VALUE);
        InvalidSettingException.requireText("deadLetterSuffix", deadLetterSuffix);
    }

    /** Files of the node's certificate, if it has one. */
    public Optional<TlsFiles> tls() {
        return TlsSettings.files(tlsCertificate, tlsKey, tlsClientAuthorities);
    }

    /** What is shown to serving nodes. */
    public NodeCredentials servingCredentials() {
        boolean isEncrypted = !servingTlsAuthorities.isEmpty();
        return new NodeCredentials(
                servingTlsAuthorities, isEncrypted ? tlsCertificate : "", isEncrypted ? tlsKey : "", servingTokenFile);
    }

    private static void requireShards(String shards, int shardCount) {
        try {
            ShardSet unused = ShardSet.parse(shards, shardCount);
        } catch (IllegalArgumentException e) {
            throw new InvalidSettingException("shards", "shards: " + e.getMessage());
        }
    }
}
