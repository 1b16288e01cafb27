package io.tilefold.ingest.cluster;

import io.aeron.Aeron;
import io.aeron.CommonContext;
import io.aeron.RethrowingErrorHandler;
import io.aeron.archive.Archive;
import io.aeron.archive.ArchiveThreadingMode;
import io.aeron.archive.client.AeronArchive;
import io.aeron.cluster.ClusterBackup;
import io.aeron.cluster.ConsensusModule;
import io.aeron.cluster.RecordingLog;
import io.aeron.cluster.client.AeronCluster;
import io.aeron.cluster.service.ClusteredServiceContainer;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.tilefold.ingest.config.IngestException;
import io.tilefold.ingest.log.LogLimits;
import io.tilefold.ingest.log.Outbound;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.agrona.ErrorHandler;
import org.agrona.IoUtil;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NoOpLock;

/**
 * Where a member's parts are and what they say to each other over: every Aeron context of the node is made here. A member that is alone
 * takes ingress and log over IPC, members of a group over UDP.
 *
 * <pre>
 *   dataDir/archive      recordings: the log
 *   dataDir/cluster      recording log, node state
 *   dataDir/copying      is there while both are being copied from the leader
 *   aeronDir/driver      media driver: term buffers, counters
 *   aeronDir/marks       mark files; they go with the driver, since the node's lock says who is alive
 * </pre>
 */
public final class ClusterLayout {
    /** A process may stand still for this long (SIGSTOP, a machine that sleeps) and goes on where it was; beyond it the member ends and says so. */
    private static final long STANDSTILL_MAX_MS = 60_000;

    private static final long CLIENT_LIVENESS_TIMEOUT_NS = TimeUnit.MILLISECONDS.toNanos(STANDSTILL_MAX_MS);
    private static final long MESSAGE_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(10);
    private static final String IPC_CHANNEL = "aeron:ipc?mtu=32k|term-length=" + LogLimits.TERM_LENGTH + "|alias=";
    private static final String UDP_CHANNEL = "aeron:udp?term-length=" + LogLimits.TERM_LENGTH + "|alias=";
    private static final int HEARTBEATS_PER_TIMEOUT = 10;
    private static final long BACKUP_RETRY_NS = TimeUnit.SECONDS.toNanos(1);

    /**
     * Sessions of log clients. A node has one, but that of a node that was killed, or of an attempt to connect that came to nothing, stands until it times out, and while leaders change fast there may be an
     * attempt of each of five members every 200 ms.
     */
    static final int SESSIONS_MAX = 150;

    /** Five keep-alives of {@link LogClient}. */
    private static final long SESSION_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(5);

    /** How many leader time-outs the members wait for each other when they start, before a majority goes on. */
    private static final int STARTUP_TIMEOUTS = 3;

    private final ClusterSettings settings;
    private final EpochClock clock;
    private final ClusterPorts ports;
    private final DutyCycles cycles;
    private final String driverDir;
    private final Path marksDir;
    private final Path archiveDir;
    private final Path clusterDir;
    private final Path seedMark;

    static {
        // Whichever thread runs first after a standstill must not take the driver, which has stood still too, for dead.
        // The clients that archive and consensus module make take it from here; Aeron reads it once, with its first
        // context.
        if (System.getProperty(CommonContext.DRIVER_TIMEOUT_PROP_NAME) == null) {
            System.setProperty(CommonContext.DRIVER_TIMEOUT_PROP_NAME, Long.toString(STANDSTILL_MAX_MS));
        }
    }

    /** @param clock whose time the leader writes into the log */
    public ClusterLayout(ClusterSettings settings, EpochClock clock) {
        this.clock = clock;
        this.settings = settings;
        this.ports = ClusterPorts.claim(settings.host(), settings.portBase());
        this.cycles = new DutyCycles(settings.idleProfile(), settings.isAlone());
        this.driverDir = settings.aeronDir().resolve("driver").toString();
        this.marksDir = settings.aeronDir().resolve("marks");
        this.archiveDir = settings.dataDir().resolve("archive");
        this.clusterDir = settings.dataDir().resolve("cluster");
        this.seedMark = settings.dataDir().resolve("copying");
    }

    MediaDriver.Context driver() {
        return new MediaDriver.Context()
                .aeronDirectoryName(driverDir)
                .dirDeleteOnStart(true)
                .dirDeleteOnShutdown(true)
                .threadingMode(ThreadingMode.SHARED)
                .sharedIdleStrategy(cycles.ofDriver())
                .asyncExecutorIdleStrategy(settings.idleProfile().newSeldomNeededStrategy())
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
                .segmentFileLength(settings.logSegmentLength())
                // After a kill the archive checks the last record of a segment in the piece it read last, where a
                // record that begins in the
                // piece before is not: so a segment is read in one piece.
                .fileIoMaxLength(settings.logSegmentLength())
                .fileSyncLevel(settings.fileSyncLevel())
                .catalogFileSyncLevel(settings.fileSyncLevel())
                .recordChecksum(new RecordChecksum())
                .replayChecksum(new RecordChecksum())
                .threadingMode(ArchiveThreadingMode.SHARED)
                .idleStrategySupplier(cycles::ofArchive);
    }

    AeronArchive.Context archiveClient() {
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
                .clusterClock(clock::time)
                .clusterMembers(members())
                .clusterDir(clusterDir.toFile())
                .markFileDir(marksDir.toFile())
                .archiveContext(archiveClient())
                .replicationChannel("aeron:udp?endpoint=" + settings.host() + ":0")
                .ingressChannel(UDP_CHANNEL + "ingress")
                .isIpcIngressAllowed(true)
                .logChannel((settings.isAlone() ? IPC_CHANNEL : UDP_CHANNEL) + "log")
                .snapshotChannel(IPC_CHANNEL + "snapshot")
                .leaderHeartbeatTimeoutNs(leaderTimeoutNs())
                .leaderHeartbeatIntervalNs(leaderTimeoutNs() / HEARTBEATS_PER_TIMEOUT)
                .startupCanvassTimeoutNs(STARTUP_TIMEOUTS * leaderTimeoutNs())
                .maxConcurrentSessions(SESSIONS_MAX)
                .sessionTimeoutNs(SESSION_TIMEOUT_NS)
                .fileSyncLevel(settings.fileSyncLevel())
                .idleStrategySupplier(cycles::ofConsensus);
    }

    /** The driver runs. */
    ClusteredServiceContainer.Context service(IngestService service, ErrorHandler errors) {
        return new ClusteredServiceContainer.Context()
                .aeronDirectoryName(driverDir)
                .aeron(connect("tilefold-service", errors))
                .ownsAeronClient(true)
                .errorHandler(errors)
                .archiveContext(archiveClient())
                .clusterDir(clusterDir.toFile())
                .markFileDir(marksDir.toFile())
                .clusteredService(service)
                .snapshotChannel(IPC_CHANNEL + "snapshot")
                .serviceName("tilefold-ingest")
                .idleStrategySupplier(cycles::ofService);
    }

    /** Copies snapshot and log from the leader. */
    ClusterBackup.Context backup() {
        String others = IntStream.range(0, settings.members().size())
                .filter(id -> id != settings.memberId())
                .mapToObj(id -> ClusterPorts.of(settings.members().get(id)).consensus())
                .collect(Collectors.joining(","));
        return new ClusterBackup.Context()
                .aeronDirectoryName(driverDir)
                .clusterDir(clusterDir.toFile())
                .markFileDir(marksDir.toFile())
                .archiveContext(archiveClient())
                .clusterArchiveContext(new AeronArchive.Context()
                        .controlRequestChannel("aeron:udp?term-length=64k")
                        .controlResponseChannel("aeron:udp?term-length=64k|endpoint=" + settings.host() + ":0"))
                .consensusChannel("aeron:udp?term-length=64k|endpoint=" + ports.consensus())
                .catchupEndpoint(ports.catchUp())
                .clusterConsensusEndpoints(others)
                .sourceType(ClusterBackup.SourceType.LEADER)
                .initialReplayStart(ClusterBackup.Configuration.ReplayStart.LATEST_SNAPSHOT)
                .clusterBackupCoolDownIntervalNs(BACKUP_RETRY_NS)
                .clusterBackupResponseTimeoutNs(2 * BACKUP_RETRY_NS)
                .idleStrategySupplier(cycles::ofConsensus);
    }

    /** True if a log that had a leader once is on the member's disk, complete. */
    public boolean hasLog() {
        return clusterDir.resolve(RecordingLog.RECORDING_LOG_FILE_NAME).toFile().length() > 0
                && !Files.exists(seedMark);
    }

    /** Removes the member's log and notes that another is being copied: until {@link #endSeed} there is none. */
    public void beginSeed() {
        try {
            Files.createDirectories(settings.dataDir());
            Files.writeString(seedMark, "the log beside this is incomplete; the next start copies it anew\n");
        } catch (IOException e) {
            throw new IngestException("cannot write " + seedMark + ": " + e, e);
        }
        IoUtil.delete(archiveDir.toFile(), true);
        IoUtil.delete(clusterDir.toFile(), true);
    }

    /** The copied log is complete; what the copying left of its driver is removed. */
    public void endSeed() {
        IoUtil.delete(settings.aeronDir().toFile(), true);
        IoUtil.delete(seedMark.toFile(), false);
    }

    /**
     * Cuts off what a kill or a power loss left half written ({@link OpenRecordings}), and compares the snapshot and the log that the member starts from with their checksums. A damaged snapshot is set aside.
     *
     * @throws IngestException naming file and offset, if the log is damaged
     */
    public void checkLog() {
        try {
            new OpenRecordings(archiveDir).mend();
        } catch (IOException e) {
            throw new IngestException(
                    "cannot read and mend the recordings in " + archiveDir + ", which this node must be able to write: "
                            + e,
                    e);
        }
        if (hasLog()) {
            new LogCheck(clusterDir, archiveDir).run();
        }
    }

    /** What cuts this member's log off. */
    public LogCutter logCutter() {
        return new LogCutter(clusterDir, this::archiveClient);
    }

    AeronCluster.Context client() {
        AeronCluster.Context context = new AeronCluster.Context();
        if (settings.isAlone()) {
            context.ingressChannel(IPC_CHANNEL + "ingress").egressChannel("aeron:ipc?alias=egress|term-length=64k");
        } else {
            context.ingressChannel(UDP_CHANNEL + "ingress")
                    .ingressEndpoints(endpoints(ClusterPorts::ingress))
                    .egressChannel("aeron:udp?alias=egress|term-length=64k|endpoint=" + settings.host() + ":0");
        }
        return context.aeronDirectoryName(driverDir)
                .messageTimeoutNs(MESSAGE_TIMEOUT_NS)
                .idleStrategy(settings.idleProfile().newIdleStrategy());
    }

    /** A client of the driver, which runs. Its own thread is needed when connections come and go and waits accordingly. */
    Aeron connect(String name, ErrorHandler errors) {
        return Aeron.connect(new Aeron.Context()
                .aeronDirectoryName(driverDir)
                .errorHandler(errors)
                .subscriberErrorHandler(RethrowingErrorHandler.INSTANCE)
                .idleStrategy(settings.idleProfile().newSeldomNeededStrategy())
                .clientName(name));
    }

    /** All members as the consensus module is told them. */
    private String members() {
        if (settings.isAlone()) {
            return ports.member(settings.memberId());
        }
        return IntStream.range(0, settings.members().size())
                .mapToObj(id -> ClusterPorts.of(settings.members().get(id)).member(id))
                .collect(Collectors.joining("|"));
    }

    /** {@code 0=HOST:PORT,1=HOST:PORT,…} */
    private String endpoints(Function<ClusterPorts, String> endpoint) {
        return IntStream.range(0, settings.members().size())
                .mapToObj(id -> id + "="
                        + endpoint.apply(ClusterPorts.of(settings.members().get(id))))
                .collect(Collectors.joining(","));
    }

    private long leaderTimeoutNs() {
        return TimeUnit.MILLISECONDS.toNanos(settings.leaderTimeoutMs());
    }

    /** How the thread of a {@link LogClient} waits for these entries. */
    public IdleStrategy logClientIdleStrategy(Outbound outbound) {
        return cycles.ofLogClient(outbound.bell());
    }

    @Override
    public String toString() {
        return "member " + settings.memberId() + " (" + ports.member(settings.memberId()) + "), log in "
                + settings.dataDir() + ", driver in " + driverDir;
    }
}
