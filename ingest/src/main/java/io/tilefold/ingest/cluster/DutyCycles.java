package io.tilefold.ingest.cluster;

import io.tilefold.ingest.config.Bell;
import io.tilefold.ingest.config.IdleProfile;
import java.util.List;
import java.util.stream.Stream;
import org.agrona.concurrent.IdleStrategy;

/**
 * How a member's duty cycles wait. An entry goes from one to the next, and each would find it only when its own park is over: so whoever has worked wakes those its work may be for.
 *
 * <pre>
 *   log-client ──► consensus module ──► archive ──► consensus module ──► service
 *        │          │    ▲                ▲
 *        └────┬─────┘    ├────────────────┘
 *             ▼          │
 *           media driver ┘        in a group
 * </pre>
 *
 * <p>An entry of a member that is alone does not pass through the media driver, which is rung and rings in a group only.
 */
final class DutyCycles {
    private final IdleProfile profile;
    private final boolean alone;
    private final Bell driver = new Bell();
    private final Bell archive = new Bell();
    private final Bell consensus = new Bell();
    private final Bell service = new Bell();

    /** @param alone the member is the only one of its group */
    DutyCycles(IdleProfile profile, boolean alone) {
        this.profile = profile;
        this.alone = alone;
    }

    /** What comes from other members is noticed by nobody else. */
    IdleStrategy ofDriver() {
        return profile.newPollingStrategy(driver, alone ? List.of() : List.of(archive, consensus));
    }

    IdleStrategy ofArchive() {
        return profile.newRungStrategy(archive, List.of(consensus));
    }

    IdleStrategy ofConsensus() {
        return profile.newRungStrategy(consensus, andDriver(archive, service));
    }

    IdleStrategy ofService() {
        return profile.newRungStrategy(service, List.of());
    }

    /** @param own rung by those who give entries to the log client */
    IdleStrategy ofLogClient(Bell own) {
        return profile.newRungStrategy(own, andDriver(consensus));
    }

    private List<Bell> andDriver(Bell... bells) {
        return alone
                ? List.of(bells)
                : Stream.concat(Stream.of(bells), Stream.of(driver)).toList();
    }
}
