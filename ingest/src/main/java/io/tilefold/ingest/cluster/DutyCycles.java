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
 * </pre>
 *
 * <p>The media driver is not among them: an entry of a member that is alone does not pass through it, and in a group it works all the time, on heartbeats, and would wake the others for nothing.
 */
final class DutyCycles {
    private final IdleProfile profile;
    private final Bell archive = new Bell();
    private final Bell consensus = new Bell();
    private final Bell service = new Bell();

    DutyCycles(IdleProfile profile) {
        this.profile = profile;
    }

    IdleStrategy ofArchive() {
        return profile.newIdleStrategy(archive, List.of(consensus));
    }

    IdleStrategy ofConsensus() {
        return profile.newIdleStrategy(consensus, List.of(archive, service));
    }

    IdleStrategy ofService() {
        return profile.newIdleStrategy(service, List.of());
    }

    /** @param own rung by those who give entries to the log client */
    IdleStrategy ofLogClient(Bell own) {
        return profile.newIdleStrategy(own, List.of(consensus));
    }
}
