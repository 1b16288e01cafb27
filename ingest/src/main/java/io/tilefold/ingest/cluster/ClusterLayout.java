package io.tilefold.ingest.cluster;

import io.aeron.archive.Archive;
import io.aeron.archive.ArchiveThreadingMode;
import io.aeron.archive.client.AeronArchive;
import io.aeron.cluster.ConsensusModule;
import io.aeron.cluster.client.AeronCluster;
import io.aeron.cluster.service.ClusteredServiceContainer;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.tilefold.ingest.config.IdleProfile;
import io.tilefold.ingest.log.LogLimits;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NoOpLock;

/**
 * Where a member's parts are and what they say to each other over: every Aeron context of the node is made here. With one member, ingress and
 * log are IPC; with more, these become UDP and the member list grows.
 *
 * <pre>
 *   dataDir/archive      recordings: the log
 *   dataDir/cluster      recording log, node state
 *   aeronDir/driver      media driver: term buffers, counters
 *   aeronDir/marks       mark files; they go with the driver, since the node's lock says who is alive
 * </pre>
 */
public final class ClusterLayout {
    private static final int SEGMENT_FILE_LENGTH = 32 << 20;
    private static final long CLIENT_LIVENESS_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long MESSAGE_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(10);
    private static final String LOG_CHANNEL = "aeron:ipc?alias=log|mtu=32k|term-length=" + LogLimits.TERM_LENGTH;
    private static final String INGRESS_CHANNEL =
            "aeron:ipc?alias=ingress|mtu=32k|term-length=" + LogLimits.TERM_LENGTH;
    private static final String UDP_INGRESS_CHANNEL = "aeron:udp?term-length=" + LogLimits.TERM_LENGTH;

    private final ClusterSettings settings;
    private final ClusterPorts ports;
    private final String driverDir;
    private final Path marksDir;
    private final Path archiveDir;
    private final Path clusterDir;

    public ClusterLayout(ClusterSettings settings) {
        this.settings = settings;
        this.ports = ClusterPorts.claim(settings.host(), settings.portBase());
        this.driverDir = settings.aeronDir().resolve("driver").toString();
        this.marksDir = settings.aeronDir().resolve("marks");
        this.archiveDir = settings.dataDir().resolve("archive");
        this.clusterDir = settings.dataDir().resolve("cluster");
    }

    MediaDriver.Context driver() {
        IdleProfile idle = settings.idleProfile();
        return new MediaDriver.Context()
                .aeronDirectoryName(driverDir)
                .dirDeleteOnStart(true)
                .dirDeleteOnShutdown(true)
                .threadingMode(ThreadingMode.SHARED)
                .sharedIdleStrategy(idle.newIdleStrategy())
                .ipcTermBufferLength(LogLimits.TERM_LENGTH)
                .clientLivenessTimeoutNs(CLIENT_LIVENESS_TIMEOUT_NS)
                .publicationUnblockTimeoutNs(CLIENT_LIVENESS_TIMEOUT_NS + TimeUnit.SECONDS.toNanos(5));
    }

    Archive.Context archive() {
        return new Archive.Context()
                .aeronDirectoryName(driverDir)
                .archiveDir(archiveDir.toFile())
                .markFileDir(marksDir.toFile())
                .controlChannel("aeron:udp?endpoint=" + ports.archiveControl())
                .localControlChannel("aeron:ipc?term-length=64k")
                .replicationChannel("aeron:udp?endpoint=" + settings.host() + ":0")
                .recordingEventsEnabled(false)
                .segmentFileLength(SEGMENT_FILE_LENGTH)
                .fileSyncLevel(settings.fileSyncLevel())
                .catalogFileSyncLevel(settings.fileSyncLevel())
                .threadingMode(ArchiveThreadingMode.SHARED)
                .idleStrategySupplier(idleStrategies());
    }

    private AeronArchive.Context archiveClient() {
        return new AeronArchive.Context()
                .lock(NoOpLock.INSTANCE)
                .aeronDirectoryName(driverDir)
                .controlRequestChannel("aeron:ipc?term-length=64k")
                .controlResponseChannel("aeron:ipc?term-length=64k");
    }

    ConsensusModule.Context consensusModule() {
        return new ConsensusModule.Context()
                .aeronDirectoryName(driverDir)
                .clusterMemberId(settings.memberId())
                .clusterMembers(ports.member(settings.memberId()))
                .clusterDir(clusterDir.toFile())
                .markFileDir(marksDir.toFile())
                .archiveContext(archiveClient())
                .replicationChannel("aeron:udp?endpoint=" + settings.host() + ":0")
                .ingressChannel(UDP_INGRESS_CHANNEL)
                .isIpcIngressAllowed(true)
                .logChannel(LOG_CHANNEL)
                .fileSyncLevel(settings.fileSyncLevel())
                .idleStrategySupplier(idleStrategies());
    }

    ClusteredServiceContainer.Context service(IngestService service) {
        return new ClusteredServiceContainer.Context()
                .aeronDirectoryName(driverDir)
                .archiveContext(archiveClient())
                .clusterDir(clusterDir.toFile())
                .markFileDir(marksDir.toFile())
                .clusteredService(service)
                .serviceName("tilefold-ingest")
                .idleStrategySupplier(idleStrategies());
    }

    AeronCluster.Context client() {
        return new AeronCluster.Context()
                .aeronDirectoryName(driverDir)
                .ingressChannel(INGRESS_CHANNEL)
                .egressChannel("aeron:ipc?alias=egress|term-length=64k")
                .messageTimeoutNs(MESSAGE_TIMEOUT_NS)
                .idleStrategy(settings.idleProfile().newIdleStrategy())
                .clientName("tilefold-log-client");
    }

    private Supplier<IdleStrategy> idleStrategies() {
        return settings.idleProfile()::newIdleStrategy;
    }

    @Override
    public String toString() {
        return "member " + settings.memberId() + " (" + ports.member(settings.memberId()) + "), log in "
                + settings.dataDir() + ", driver in " + driverDir;
    }
}
