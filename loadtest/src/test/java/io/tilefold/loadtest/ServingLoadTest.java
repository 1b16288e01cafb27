package io.tilefold.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.client.FeatureClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The load test against a real serving node over a real store. */
class ServingLoadTest {
    @Test
    void countsWhatTheNodeSays(@TempDir Path directory) throws Exception {
        try (ServedCounts served = new ServedCounts(directory)) {
            try (FeatureClient client = FeatureClient.connect(served.address())) {
                Awaitility.await()
                        .atMost(20, TimeUnit.SECONDS)
                        .ignoreExceptions()
                        .until(() -> client.groupBys().contains("clicks"));
            }
            // Every fifth key is one that nobody clicked.
            List<Map<String, ?>> rows = new ArrayList<>();
            for (int page = 0; page < 125; page++) {
                rows.add(Map.of("page", (long) page));
            }
            LoadTestReport report = LoadTest.run(LoadTestConfig.groupBy("clicks")
                    .address(served.address())
                    .rows(rows)
                    .asOfMs(ServedCounts.B + TimeUnit.DAYS.toMillis(1))
                    .ratePerSecond(500)
                    .warmupMs(500)
                    .durationMs(1_000)
                    .build());
            assertThat(report.answered()).isEqualTo(500);
            assertThat(report.failed()).isZero();
            assertThat(report.statuses())
                    .containsExactlyInAnyOrderEntriesOf(Map.of("COMPLETE", 400L, "NOT_FOUND", 100L));
            assertThat(report.latencyUs(50)).isPositive();
        }
    }
}
