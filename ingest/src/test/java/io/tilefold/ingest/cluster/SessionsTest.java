package io.tilefold.ingest.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.aeron.Aeron;
import io.aeron.cluster.client.AeronCluster;
import io.tilefold.ingest.IngestConfig;
import io.tilefold.ingest.IngestNode;
import io.tilefold.ingest.config.IdleProfile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.agrona.CloseHelper;
import org.agrona.concurrent.SystemEpochClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sessions of clients that died with their leaders stand until they time out. They keep no other from coming: with Aeron's own limit of 10 the eleventh is refused. */
class SessionsTest {
    private static final int DEAD = 40;

    @TempDir
    private Path directory;

    @Test
    void sessionsOfDeadClientsKeepNobodyOut() {
        IngestConfig config = IngestConfig.builder(directory.resolve("log"), directory.resolve("store"), "127.0.0.1:1")
                .build();
        List<AeronCluster> silent = new ArrayList<>();
        try (IngestNode node = IngestNode.start(config);
                Aeron aeron = Aeron.connect(new Aeron.Context()
                        .aeronDirectoryName(config.aeronDir().resolve("driver").toString()))) {
            assertThat(node.grpcPort()).isPositive();
            ClusterLayout layout = layout(config);
            for (int i = 0; i < DEAD; i++) {
                silent.add(AeronCluster.connect(layout.client().aeron(aeron).ownsAeronClient(false)));
            }
            assertThat(silent).extracting(AeronCluster::clusterSessionId).doesNotHaveDuplicates();
            CloseHelper.closeAll(silent);
        }
    }

    private static ClusterLayout layout(IngestConfig config) {
        return new ClusterLayout(
                new ClusterSettings(
                        0,
                        List.of(),
                        config.host(),
                        0,
                        config.dataDir(),
                        config.aeronDir(),
                        IdleProfile.DEFAULT,
                        0,
                        config.leaderTimeoutMs(),
                        config.logSegmentLength()),
                SystemEpochClock.INSTANCE);
    }
}
