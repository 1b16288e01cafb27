package io.tilefold.cli;

import io.tilefold.cli.config.ServeSettings;
import io.tilefold.node.OtlpConfig;
import io.tilefold.serving.FeatureLogConfig;
import io.tilefold.serving.ServingConfig;
import io.tilefold.serving.ServingNode;
import io.tilefold.serving.external.ExternalSources;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code tilefold serve}: serving node in this process. */
@Command(
        name = "serve",
        description = {
            "Run a serving node: answers feature requests from the tile stores of this host, and asks other nodes for keys that other shard groups own.",
            "Prints 'READY serve HOST:PORT' when clients may connect. Stops on SIGTERM or Ctrl-C."
        },
        mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @Override
    public Integer call() throws Exception {
        ServeSettings settings = config.read(ServeSettings.DEFAULTS, List.of());
        if (config.printed(settings, spec.commandLine().getOut())) {
            return Tilefold.EXIT_OK;
        }
        return RoleProcess.runUntilStopped("serve", start(settings));
    }

    private static ServingConfig config(ServeSettings settings) {
        ServingConfig.Builder config = ServingConfig.builder(settings.storeDirs())
                .host(settings.host())
                .port(settings.port())
                .staleAfterMs(settings.staleAfterMs())
                .maxRows(settings.maxRows())
                .maxRequestBytes(settings.maxRequestBytes())
                .maxMetadataBytes(settings.maxMetadataBytes())
                .defaultDeadlineMs(settings.defaultDeadlineMs())
                .maxWaitingFetches(settings.maxWaitingFetches())
                .inlineValues(settings.inlineValues())
                .workerThreads(settings.workerThreads())
                .maxQueuedFetches(settings.maxQueuedFetches())
                .maxFetchesInFlight(settings.maxFetchesInFlight())
                .maxConnections(settings.maxConnections())
                .maxUnreadBytes(settings.maxUnreadBytes())
                .eventLoopThreads(settings.eventLoopThreads())
                .rehearsalMs(settings.rehearsalMs())
                .maxCallsPerConnection(settings.maxCallsPerConnection())
                .maxConnectionIdleMs(settings.maxConnectionIdleMs())
                .maxConnectionAgeMs(settings.maxConnectionAgeMs())
                .keepAliveMs(settings.keepAliveMs())
                .keepAliveTimeoutMs(settings.keepAliveTimeoutMs())
                .drainMs(settings.drainMs())
                .tlsReloadMs(settings.fileCheckMs())
                .externalTimeoutMs(settings.externalTimeoutMs())
                .latencyLogMs(settings.latencyLogMs())
                .metricsPort(settings.metricsPort());
        if (!settings.shardMap().isEmpty()) {
            config.shardMap(Path.of(settings.shardMap()));
        }
        settings.tls().ifPresent(config::tls);
        if (!settings.accessFile().isEmpty()) {
            config.accessFile(Path.of(settings.accessFile()));
        }
        if (!settings.featureLogDir().isEmpty()) {
            config.featureLog(FeatureLogConfig.of(Path.of(settings.featureLogDir()), settings.featureLogSample()));
        }
        if (!settings.otlpEndpoint().isEmpty()) {
            config.otlp(OtlpConfig.of(settings.otlpEndpoint(), settings.otlpIntervalMs()));
        }
        if (!settings.latencyLogDir().isEmpty()) {
            config.latencyLogDir(Path.of(settings.latencyLogDir()));
        }
        for (String source : settings.externalSources()) {
            String name = ServeSettings.sourceName(source);
            config.externalSource(name, ExternalSources.open(name, ServeSettings.sourceAddress(source)));
        }
        return config.build();
    }

    private static RunningRole start(ServeSettings settings) throws IOException {
        ServingNode node = ServingNode.start(config(settings));
        return new RunningRole() {
            @Override
            public String address() {
                return settings.host() + ":" + node.port();
            }

            @Override
            public void awaitStopped() throws InterruptedException {
                node.awaitTermination();
            }

            @Override
            public void close() {
                node.close();
            }
        };
    }
}
