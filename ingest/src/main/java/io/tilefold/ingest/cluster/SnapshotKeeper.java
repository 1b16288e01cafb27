package io.tilefold.ingest.cluster;

import io.aeron.Counter;
import io.aeron.cluster.ClusterControl;
import io.aeron.exceptions.AeronException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.NanoClock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that snapshots are taken and that the log does not grow beyond them. On the leader: asks for one when an entry of the log does, and
 * when the interval has passed and something was applied since the last. On every member: cuts its log off after each.
 */
public final class SnapshotKeeper implements Agent {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotKeeper.class);
    private static final long CUT_RETRY_NS = TimeUnit.SECONDS.toNanos(1);

    private final IngestService service;
    private final Counter toggle;
    private final LogCutter cutter;
    private final long intervalNs;
    private final NanoClock clock;
    private long dueNs;
    private boolean wanted;
    private @Nullable SnapshotInfo seen;
    private long scheduledPosition;
    private boolean cut = true;
    private long nextCutNs;

    /** @param intervalMs between snapshots; 0: only those asked for */
    public SnapshotKeeper(
            ClusterMember member, IngestService service, LogCutter cutter, long intervalMs, NanoClock clock) {
        this.service = service;
        this.toggle = member.controlToggle();
        this.cutter = cutter;
        this.intervalNs = TimeUnit.MILLISECONDS.toNanos(intervalMs);
        this.clock = clock;
        this.dueNs = clock.nanoTime() + intervalNs;
    }

    @Override
    public String roleName() {
        return "snapshot-keeper";
    }

    @Override
    public int doWork() {
        long nowNs = clock.nanoTime();
        notice(nowNs);
        return ask(nowNs) + cut(nowNs);
    }

    private void notice(long nowNs) {
        SnapshotInfo last = service.lastSnapshot();
        if (!Objects.equals(last, seen)) {
            seen = last;
            dueNs = nowNs + intervalNs;
            cut = false;
            nextCutNs = nowNs;
        }
    }

    private int ask(long nowNs) {
        if (service.takeSnapshotAsked()) {
            wanted = true;
        }
        if (intervalNs > 0 && nowNs - dueNs >= 0) {
            dueNs = nowNs + intervalNs;
            long position = service.publishedPosition();
            if (service.isLeader() && position > scheduledPosition) {
                scheduledPosition = position;
                wanted = true;
            }
        }
        if (!wanted || toggle.isClosed()) {
            return 0;
        }
        if (!service.isLeader()) {
            wanted = false; // who asked asks the next leader
            return 0;
        }
        if (!ClusterControl.ToggleState.SNAPSHOT.toggle(toggle)) {
            return 0; // one is being taken
        }
        wanted = false;
        return 1;
    }

    private int cut(long nowNs) {
        if (cut || nowNs - nextCutNs < 0) {
            return 0;
        }
        nextCutNs = nowNs + CUT_RETRY_NS;
        SnapshotInfo last = seen;
        try {
            cut = last == null || cutter.cut(last.position());
        } catch (AeronException e) {
            LOG.warn("the log is not cut off yet, trying again: {}", e.getMessage());
        }
        return 1;
    }
}
