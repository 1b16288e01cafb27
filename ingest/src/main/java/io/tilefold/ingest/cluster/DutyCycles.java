package io.tilefold.ingest.cluster;

import io.tilefold.ingest.config.Bell;
import io.tilefold.ingest.config.IdleProfile;
import java.util.List;
import org.agrona.concurrent.IdleStrategy;

/**
 * How a member's duty cycles wait. An entry goes from one to the next, and each would find it only when its own park is over: so whoever has worked wakes those its work may be for.
 *
 * <pre>
 *   log-client ──► consensus module ──► archive ──► consensus module ──► service
 *                    ▲      │
 *                    │      ▼
 *                   media driver ──► archive          members of a group, over UDP
 * </pre>
 */
final class DutyCycles {
    private final IdleProfile profile;
    private final boolean alone;
    private final Bell driver = new Bell();
    private final Bell archive = new Bell();
    private final Bell consensus = new Bell();
    private final Bell service = new Bell();

    /** @param alone the member is the whole cluster: no entry passes through its media driver */
    DutyCycles(IdleProfile profile, boolean alone) {
        this.profile = profile;
        this.alone = alone;
    }

    IdleStrategy ofDriver() {
        return profile.newIdleStrategy(driver, alone ? List.of() : List.of(consensus, archive));
    }

    IdleStrategy ofArchive() {
        return profile.newIdleStrategy(archive, List.of(consensus));
    }

    IdleStrategy ofConsensus() {
        return profile.newIdleStrategy(
                consensus, alone ? List.of(archive, service) : List.of(driver, archive, service));
    }

    IdleStrategy ofService() {
        return profile.newIdleStrategy(service, List.of());
    }

    /** @param own rung by those who give entries to the log client */
    IdleStrategy ofLogClient(Bell own) {
        return profile.newIdleStrategy(own, alone ? List.of(consensus) : List.of(driver, consensus));
    }
}
