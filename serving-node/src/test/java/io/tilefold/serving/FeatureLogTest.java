package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.client.Fetch;
import io.tilefold.proto.serving.v1.FeatureLogRecord;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FeatureLogTest {
    private static final int FETCHES = 50;

    @TempDir
    Path directory;

    private List<FeatureLogRecord> records() throws IOException {
        List<FeatureLogRecord> records = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory.resolve("log"))) {
            for (Path file : files.sorted(Comparator.naturalOrder()).toList()) {
                try (InputStream in = Files.newInputStream(file)) {
                    FeatureLogRecord record = FeatureLogRecord.parseDelimitedFrom(in);
                    while (record != null) {
                        records.add(record);
                        record = FeatureLogRecord.parseDelimitedFrom(in);
                    }
                }
            }
        }
        return records;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 1 << 20}) // a file per record, and one for all
    void everyFetchIsInIt(long maxFileBytes) throws Exception {
        Path store = directory.resolve("store");
        ServingConfig config = TestNode.config(store)
                .port(0)
                .storeRetryMs(20)
                .featureLog(new FeatureLogConfig(directory.resolve("log"), 1, maxFileBytes))
                .build();
        String schemaId;
        long nowMs;
        try (FlightStore writer = new FlightStore(store).activate(Flights.CATALOG);
                TestNode node = new TestNode(config)) {
            writer.batch(List.of(Flights.flight(Flights.B - 60_000, "JFK", "LAX", 4L)), 1, Flights.B);
            nowMs = node.nowMs.get();
            writer.publish(nowMs);
            node.mapped();
            schemaId = node.client.describeGroupBy("route").schemaId();
            for (int i = 0; i < FETCHES; i++) {
                node.client.fetch(Fetch.groupBy("route")
                        .row(Map.of("origin", "JFK", "destination", "LAX"))
                        .features("delay_sum_7d")
                        .asOf(Flights.B + i));
            }
        } // what was offered is written when the node is closed
        List<FeatureLogRecord> records = records();
        assertThat(records).hasSize(FETCHES);
        for (int i = 0; i < FETCHES; i++) {
            FeatureLogRecord record = records.get(i);
            assertThat(record.getReceivedMs()).isEqualTo(nowMs);
            assertThat(record.getRequest().getGroupBy()).isEqualTo("route");
            assertThat(record.getAnswer().getAsOfMs()).isEqualTo(Flights.B + i);
            assertThat(record.getAnswer().getSchemaId()).isEqualTo(schemaId);
            assertThat(record.getAnswer().getPositionsCount()).isEqualTo(1);
            assertThat(record.getAnswer().getColumns(0).getLongValues().getValues(0))
                    .isEqualTo(4);
        }
    }

    @Test
    void aLogThatCannotBeWrittenHarmsNoFetch() throws Exception {
        Path store = directory.resolve("store");
        Path file = Files.createFile(directory.resolve("log"));
        ServingConfig config = TestNode.config(store)
                .port(0)
                .storeRetryMs(20)
                .featureLog(FeatureLogConfig.of(file, 1))
                .build();
        try (FlightStore writer = new FlightStore(store).activate(Flights.CATALOG);
                TestNode node = new TestNode(config)) {
            writer.batch(List.of(), 1, Flights.B).publish(node.nowMs.get());
            node.mapped();
            for (int i = 0; i < FETCHES; i++) {
                Map<String, String> jfk = Map.of("origin", "JFK", "destination", "LAX");
                assertThat(node.client.fetch(Fetch.groupBy("route").row(jfk)).rowCount())
                        .isEqualTo(1);
            }
            Awaitility.await()
                    .atMost(20, TimeUnit.SECONDS)
                    .untilAsserted(
                            () -> assertThat(node.node.droppedLogRecords()).isEqualTo(FETCHES));
        }
    }

    @Test
    void wrongSettingsAreNamed() {
        assertThatThrownBy(() -> FeatureLogConfig.of(directory, 0)).hasMessageContaining("featureLog.sample");
        assertThatThrownBy(() -> FeatureLogConfig.of(directory, Double.NaN)).hasMessageContaining("featureLog.sample");
        assertThatThrownBy(() -> new FeatureLogConfig(directory, 1, 0)).hasMessageContaining("maxFileBytes");
    }
}
