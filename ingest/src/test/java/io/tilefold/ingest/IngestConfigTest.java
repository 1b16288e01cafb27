package io.tilefold.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.client.NodeCredentials;
import io.tilefold.core.key.ShardSet;
import io.tilefold.ingest.config.IdleProfile;
import io.tilefold.ingest.config.MemberAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The defaults, and what is refused. */
class IngestConfigTest {
    private static final Path DATA = Path.of("/data/log");
    private static final Path STORE = Path.of("/data/store");

    @Test
    void defaults() {
        IngestConfig config = builder().build();

        assertThat(config)
                .isEqualTo(new IngestConfig(
                        0,
                        List.of(),
                        "127.0.0.1",
                        DATA,
                        STORE,
                        config.aeronDir(),
                        0,
                        ShardSet.all(4),
                        "localhost:9092",
                        List.of(),
                        NodeCredentials.NONE,
                        0,
                        0,
                        Optional.empty(),
                        Optional.empty(),
                        60_000,
                        0,
                        ".dead-letter",
                        3_600_000,
                        2_000,
                        IdleProfile.DEFAULT,
                        0,
                        2_000,
                        3_600_000,
                        32 << 20,
                        5_000,
                        500,
                        3_600_000,
                        30_000,
                        600_000,
                        1_500));
        assertThat(config.aeronDir().getFileName().toString())
                .startsWith("tilefold-ingest-")
                .isEqualTo(builder().build().aeronDir().getFileName().toString())
                .isNotEqualTo(IngestConfig.builder(STORE, STORE, "localhost:9092")
                        .build()
                        .aeronDir()
                        .getFileName()
                        .toString());
    }

    @Test
    void refusalsNameFieldValueAndRemedy() {
        refused(builder -> builder.memberId(1), "memberId: 1");
        refused(builder -> builder.host(" "), "host");
        refused(builder -> builder.shardGroup(-1), "shardGroup: -1");
        refused(builder -> builder.shardCount(0), "shardCount: 0");
        refused(builder -> builder.shards("0-4"), "\"0-4\" is not within 0-3");
        refused(builder -> builder.shards("1,x"), "\"x\" is no shard");
        refused(builder -> builder.grpcPort(65_536), "grpcPort: 65536");
        refused(builder -> builder.metricsPort(-1), "metricsPort: -1");
        refused(builder -> builder.clusterPortBase(65_535), "clusterPortBase: 65535");
        refused(builder -> builder.deadLetterSuffix(""), "deadLetterSuffix");
        refused(builder -> builder.maxFutureMs(-1), "maxFutureMs: -1");
        refused(builder -> builder.maxPollRecords(0), "maxPollRecords: 0");
        refused(builder -> builder.fileSyncLevel(3), "fileSyncLevel: 3");
        refused(builder -> builder.leaderTimeoutMs(0), "leaderTimeoutMs: 0");
        refused(builder -> builder.snapshotIntervalMs(-1), "snapshotIntervalMs: -1");
        refused(builder -> builder.logSegmentLength(5 << 20), "logSegmentLength: 5242880");
        refused(builder -> builder.uploadTtlMs(0), "uploadTtlMs: 0");
        refused(builder -> builder.rehearsalMs(-1), "rehearsalMs: -1");
        refused(builder -> builder.aeronDir(Path.of("/data")), "aeronDir: /data");
    }

    @Test
    void theOwnEntryAmongTheMembersSaysWhereTheNodeListens() {
        List<MemberAddress> members = Stream.of("a:1000:1", "b:2000:2", "c:3000:3")
                .map(MemberAddress::parse)
                .toList();
        IngestConfig config = builder().members(members).memberId(1).host("x").build();

        assertThat(config.host()).isEqualTo("b");
        assertThat(config.clusterPortBase()).isEqualTo(2_000);
        assertThat(config.grpcPort()).isEqualTo(2);
        refused(builder -> builder.members(members).memberId(3), "memberId: 3");
        refused(builder -> builder.members(members.subList(0, 2)), "members");
        refused(builder -> builder.members(List.of(members.get(0), members.get(0), members.get(1))), "members");
        for (String malformed : List.of("", "a", "a:1", "a:1:2:3", "a:b:1", ":1:2", "a:0:2", "a:65533:2", "a:1:0")) {
            assertThatThrownBy(() -> MemberAddress.parse(malformed))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("HOST:CLUSTER_PORT:GRPC_PORT");
        }
    }

    private static void refused(UnaryOperator<IngestConfig.Builder> change, String named) {
        assertThatThrownBy(() -> change.apply(builder()).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(named)
                .hasMessageContaining("write ");
    }

    private static IngestConfig.Builder builder() {
        return IngestConfig.builder(DATA, STORE, "localhost:9092");
    }
}
