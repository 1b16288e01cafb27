package io.tilefold.loadtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.tilefold.client.FetchException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Latency from the intended time, bounds, counts: against servers whose misbehaviour is known. */
class LoadTestTest {
    private static LoadTestConfig.Builder config(FakeServer server) {
        return LoadTestConfig.join("j")
                .address(server.address())
                .rows(List.of(Map.of("k", "a"), Map.of("k", "b")))
                .ratePerSecond(200)
                .durationMs(1_000)
                .warmupMs(0);
    }

    private static String printed(LoadTestReport report) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        report.print(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aStallShowsInEveryRequestThatWasDueMeanwhile() throws Exception {
        // The stall of 500 ms comes in the middle of 200 requests over a second: 100 more are due in it. The first
        // fetch is the probe.
        try (FakeServer server = new FakeServer((number, observer) -> {
            if (number == 51) {
                FakeServer.stall(500);
            }
            FakeServer.complete(observer);
        })) {
            LoadTestReport report = LoadTest.run(config(server).build());
            assertThat(report.answered()).isEqualTo(200);
            assertThat(report.failed()).isZero();
            assertThat(report.unsent()).isZero();
            assertThat(report.latency().getTotalCount()).isEqualTo(200);
            assertThat(report.latencyUs(100)).isGreaterThanOrEqualTo(400_000);
            // Those due in the first half of the stall waited at least 240 ms each: by construction about 50 of 200.
            long waitedLong = report.latency().getCountBetweenValues(240_000_000, Tally.MAX_LATENCY_NS);
            assertThat(waitedLong).isGreaterThanOrEqualTo(40);
        }
    }

    @Test
    void atTheBoundTheScheduleSlipsAndLatencyStillCountsFromTheIntendedTime() throws Exception {
        try (FakeServer server = new FakeServer((number, observer) -> {
            if (number == 51) {
                FakeServer.stall(500);
            }
            FakeServer.complete(observer);
        })) {
            LoadTestReport report =
                    LoadTest.run(config(server).maxInFlight(1).durationMs(2_000).build());
            assertThat(report.slipped()).isGreaterThan(0);
            assertThat(report.answered()).isEqualTo(report.sent());
            long waitedLong = report.latency().getCountBetweenValues(240_000_000, Tally.MAX_LATENCY_NS);
            assertThat(waitedLong).isGreaterThanOrEqualTo(40);
            assertThat(printed(report)).contains("schedule    slipped");
        }
    }

    @Test
    void whatIsNeverSentIsSaid() throws Exception {
        try (FakeServer server = new FakeServer((number, observer) -> {
            if (number > 0) {
                FakeServer.stall(100);
            }
            FakeServer.complete(observer);
        })) {
            LoadTestReport report = LoadTest.run(config(server).maxInFlight(2).build());
            assertThat(report.unsent()).isGreaterThan(100);
            assertThat(report.sent() + report.unsent()).isEqualTo(200);
            assertThat(report.missedTarget()).isTrue();
            assertThat(printed(report)).contains("TARGET MISSED", "never sent");
        }
    }

    @Test
    void errorsAreCountedByCodeAndHaveLatencies() throws Exception {
        try (FakeServer server = new FakeServer((number, observer) -> {
            if (number % 2 == 1) {
                observer.onError(
                        Status.RESOURCE_EXHAUSTED.withDescription("enough").asRuntimeException());
            } else {
                FakeServer.complete(observer);
            }
        })) {
            LoadTestReport report = LoadTest.run(config(server).build());
            assertThat(report.failed()).isEqualTo(100);
            assertThat(report.answered()).isEqualTo(100);
            assertThat(report.errors()).containsExactly(Map.entry("RESOURCE_EXHAUSTED", 100L));
            assertThat(report.statuses()).containsExactly(Map.entry("COMPLETE", 100L));
            assertThat(report.rowsOtherThan(Set.of("COMPLETE"))).isZero();
            assertThat(report.rowsOtherThan(Set.of("NOT_FOUND"))).isEqualTo(100);
            assertThat(report.latency().getTotalCount()).isEqualTo(200);
            assertThat(printed(report)).contains("RESOURCE_EXHAUSTED 100", "enough");
        }
    }

    @Test
    void anAnswerThatNeverComesEndsWithItsDeadline() throws Exception {
        try (FakeServer server = new FakeServer((number, observer) -> {
            if (number != 10) {
                FakeServer.complete(observer);
            }
        })) {
            LoadTestReport report = LoadTest.run(config(server).timeoutMs(1_500).build());
            assertThat(report.answered()).isEqualTo(199);
            assertThat(report.errors()).containsExactly(Map.entry("DEADLINE_EXCEEDED", 1L));
        }
    }

    @Test
    void warmUpIsSentAndNotMeasured(@TempDir Path directory) throws Exception {
        List<Integer> numbers = Collections.synchronizedList(new ArrayList<>());
        List<String> lines = Collections.synchronizedList(new ArrayList<>());
        Path file = directory.resolve("latency.hgrm");
        try (FakeServer server = new FakeServer((number, observer) -> {
            numbers.add(number);
            FakeServer.complete(observer);
        })) {
            LoadTestReport report = LoadTest.run(config(server)
                    .warmupMs(1_000)
                    .connections(2)
                    .rowsPerRequest(2)
                    .histogramFile(file)
                    .progress(lines::add)
                    .build());
            assertThat(report.sent()).isEqualTo(200);
            assertThat(report.latency().getTotalCount()).isEqualTo(200);
            assertThat(numbers).as("probe, warm-up and load").hasSizeBetween(202, 401);
            assertThat(report.hiccups().getTotalCount()).isPositive();
        }
        assertThat(lines).isNotEmpty();
        assertThat(Files.readString(file)).contains("Percentile", "#[Max");
    }

    @Test
    void aWrongFetchIsToldBeforeAnyLoad() throws Exception {
        try (FakeServer server = new FakeServer((number, observer) ->
                observer.onError(Status.NOT_FOUND.withDescription("no join j").asRuntimeException()))) {
            assertThatThrownBy(() -> LoadTest.run(config(server).build()))
                    .isInstanceOf(FetchException.class)
                    .hasMessageContaining("no join j");
        }
    }

    @Test
    void aWrongSettingIsNamed() {
        assertThatThrownBy(() -> LoadTestConfig.join("j")
                        .address("localhost:1")
                        .rows(List.of(Map.of("k", 1)))
                        .build())
                .hasMessageContaining("loadtest.ratePerSecond");
        assertThatThrownBy(() -> LoadTestConfig.join("j")
                        .address("localhost:1")
                        .ratePerSecond(1)
                        .build())
                .hasMessageContaining("loadtest.rows");
    }
}
