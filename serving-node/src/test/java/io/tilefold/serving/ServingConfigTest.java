package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.node.OtlpConfig;
import io.tilefold.node.TlsFiles;
import io.tilefold.serving.external.ExternalSource;
import io.tilefold.serving.external.ExternalSources;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServingConfigTest {
    private static final Path STORE = Path.of("store");

    @Test
    void defaultsAreAsDocumented() {
        assertThat(ServingConfig.builder(STORE).build())
                .isEqualTo(new ServingConfig(
                        "127.0.0.1",
                        7070,
                        List.of(STORE),
                        10_000,
                        10_000,
                        16_777_216,
                        16_384,
                        1_000,
                        1_000,
                        2_000,
                        0,
                        1_000,
                        2_000,
                        2_000,
                        33_554_432,
                        256,
                        0,
                        0,
                        60_000,
                        20_000,
                        5_000,
                        Optional.empty(),
                        60_000,
                        Optional.empty(),
                        Optional.empty(),
                        Map.of(),
                        50,
                        60_000,
                        Optional.empty(),
                        0,
                        Optional.empty(),
                        0,
                        10,
                        250,
                        Optional.empty(),
                        1_000,
                        1_000,
                        1_500));
    }

    @Test
    void everySettingIsSet() {
        FeatureLogConfig log = FeatureLogConfig.of(Path.of("log"), 0.5);
        ExternalSource weather = ExternalSources.open("weather", "grpc://127.0.0.1:1");
        TlsFiles tls = TlsFiles.of(Path.of("c.pem"), Path.of("k.pem"));
        OtlpConfig otlp = OtlpConfig.of("http://collector:4317", 26);
        ServingConfig config = ServingConfig.builder(STORE)
                .host("0.0.0.0")
                .port(1)
                .staleAfterMs(2)
                .maxRows(3)
                .maxRequestBytes(4096)
                .maxMetadataBytes(2048)
                .defaultDeadlineMs(5)
                .maxWaitingFetches(6)
                .inlineValues(7)
                .workerThreads(8)
                .maxQueuedFetches(9)
                .maxFetchesInFlight(23)
                .maxConnections(24)
                .maxUnreadBytes(25)
                .maxCallsPerConnection(10)
                .maxConnectionIdleMs(11)
                .maxConnectionAgeMs(12)
                .keepAliveMs(1020)
                .keepAliveTimeoutMs(1021)
                .drainMs(13)
                .tls(tls)
                .tlsReloadMs(14)
                .featureLog(log)
                .externalSource("weather", weather)
                .externalTimeoutMs(19)
                .latencyLogMs(15)
                .latencyLogDir(Path.of("hlog"))
                .metricsPort(22)
                .otlp(otlp)
                .accessFile(Path.of("access"))
                .eventLoopThreads(16)
                .storePollMs(17)
                .storeRetryMs(18)
                .shardMap(Path.of("shards.yaml"))
                .shardMapPollMs(19)
                .maxPeerCalls(20)
                .rehearsalMs(27)
                .build();
        assertThat(config)
                .isEqualTo(new ServingConfig(
                        "0.0.0.0",
                        1,
                        List.of(STORE),
                        2,
                        3,
                        4096,
                        2048,
                        5,
                        6,
                        7,
                        8,
                        9,
                        23,
                        24,
                        25,
                        10,
                        11,
                        12,
                        1020,
                        1021,
                        13,
                        Optional.of(tls),
                        14,
                        Optional.of(Path.of("access")),
                        Optional.of(log),
                        Map.of("weather", weather),
                        19,
                        15,
                        Optional.of(Path.of("hlog")),
                        22,
                        Optional.of(otlp),
                        16,
                        17,
                        18,
                        Optional.of(Path.of("shards.yaml")),
                        19,
                        20,
                        27));
    }

    @ParameterizedTest
    @CsvSource({
        "host",
        "port",
        "staleAfterMs",
        "maxRows",
        "maxRequestBytes",
        "defaultDeadlineMs",
        "maxWaitingFetches",
        "inlineValues",
        "workerThreads",
        "maxQueuedFetches",
        "maxFetchesInFlight",
        "maxConnections",
        "maxUnreadBytes",
        "maxCallsPerConnection",
        "maxConnectionIdleMs",
        "maxConnectionAgeMs",
        "drainMs",
        "tlsReloadMs",
        "latencyLogMs",
        "eventLoopThreads",
        "storePollMs",
        "storeRetryMs",
        "rehearsalMs"
    })
    void aWrongSettingIsNamed(String setting) {
        UnaryOperator<ServingConfig.Builder> wrong = switch (setting) {
            case "host" -> builder -> builder.host(" ");
            case "port" -> builder -> builder.port(65_536);
            case "staleAfterMs" -> builder -> builder.staleAfterMs(0);
            case "maxRows" -> builder -> builder.maxRows(0);
            case "maxRequestBytes" -> builder -> builder.maxRequestBytes(1);
            case "defaultDeadlineMs" -> builder -> builder.defaultDeadlineMs(0);
            case "maxWaitingFetches" -> builder -> builder.maxWaitingFetches(0);
            case "inlineValues" -> builder -> builder.inlineValues(-1);
            case "workerThreads" -> builder -> builder.workerThreads(1025);
            case "maxQueuedFetches" -> builder -> builder.maxQueuedFetches(0);
            case "maxFetchesInFlight" -> builder -> builder.maxFetchesInFlight(0);
            case "maxConnections" -> builder -> builder.maxConnections(0);
            case "maxUnreadBytes" -> builder -> builder.maxUnreadBytes(-1);
            case "maxCallsPerConnection" -> builder -> builder.maxCallsPerConnection(0);
            case "maxConnectionIdleMs" -> builder -> builder.maxConnectionIdleMs(-1);
            case "maxConnectionAgeMs" -> builder -> builder.maxConnectionAgeMs(-1);
            case "drainMs" -> builder -> builder.drainMs(-1);
            case "tlsReloadMs" -> builder -> builder.tlsReloadMs(0);
            case "latencyLogMs" -> builder -> builder.latencyLogMs(-1);
            case "eventLoopThreads" -> builder -> builder.eventLoopThreads(-1);
            case "storePollMs" -> builder -> builder.storePollMs(0);
            case "storeRetryMs" -> builder -> builder.storeRetryMs(0);
            case "rehearsalMs" -> builder -> builder.rehearsalMs(60_001);
            default -> throw new IllegalArgumentException(setting);
        };
        assertThatThrownBy(() -> wrong.apply(ServingConfig.builder(STORE)).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("serving." + setting);
    }

    @Test
    void storesAreDifferentDirectories() {
        assertThat(ServingConfig.builder(List.of(STORE, STORE.resolveSibling("other")))
                        .build()
                        .storeDirs())
                .hasSize(2);
        Path same = STORE.resolve("..").resolve(STORE.getFileName());
        assertThatThrownBy(() -> ServingConfig.builder(List.of(STORE, same)).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("serving.storeDirs")
                .hasMessageContaining("different directories");
        assertThatThrownBy(() -> ServingConfig.builder(List.of()).build()).hasMessageContaining("serving.storeDirs");
    }
}
