package io.tilefold.cli;

import io.tilefold.cli.config.IngestSettings;
import io.tilefold.ingest.IngestConfig;
import io.tilefold.ingest.IngestNode;
import io.tilefold.ingest.config.IdleProfile;
import io.tilefold.ingest.config.MemberAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code tilefold ingest}: ingest node in this process. */
@Command(
        name = "ingest",
        description = {
            "Run an ingest node: Kafka through the replicated log into the tile store; upload and admin services.",
            "Prints 'READY ingest HOST:PORT' when clients may connect. Stops on SIGTERM or Ctrl-C."
        },
        mixinStandardHelpOptions = true)
final class IngestCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @Override
    public Integer call() throws Exception {
        IngestSettings settings = config.read(IngestSettings.DEFAULTS, List.of());
        if (config.printed(settings, spec.commandLine().getOut())) {
            return Tilefold.EXIT_OK;
        }
        return RoleProcess.runUntilStopped("ingest", start(settings));
    }

    private static RunningRole start(IngestSettings settings) {
        IngestConfig.Builder config = IngestConfig.builder(
                        settings.dataDir(), settings.storeDir(), settings.kafkaBootstrap())
                .memberId(settings.memberId())
                .members(settings.members().stream().map(MemberAddress::parse).toList())
                .host(settings.host())
                .shardGroup(settings.shardGroup())
                .shardCount(settings.shardCount())
                .shards(settings.shards())
                .servingNodes(settings.servingNodes())
                .servingCredentials(settings.servingCredentials())
                .grpcPort(settings.grpcPort())
                .metricsPort(settings.metricsPort())
                .fileCheckMs(settings.fileCheckMs())
                .clusterPortBase(settings.clusterPortBase())
                .fileSyncLevel(settings.fileSyncLevel())
                .leaderTimeoutMs(settings.leaderTimeoutMs())
                .snapshotIntervalMs(settings.snapshotIntervalMs())
                .idleProfile(IdleProfile.valueOf(settings.idleProfile().toUpperCase(Locale.ROOT)))
                .maxFutureMs(settings.maxFutureMs())
                .deadLetterSuffix(settings.deadLetterSuffix());
        settings.tls().ifPresent(config::tls);
        if (!settings.accessFile().isEmpty()) {
            config.accessFile(Path.of(settings.accessFile()));
        }
        IngestNode node = IngestNode.start(config.build());
        return new RunningRole() {
            @Override
            public String address() {
                return node.host() + ":" + node.grpcPort();
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
