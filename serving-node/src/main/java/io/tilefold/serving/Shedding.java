package io.tilefold.serving;

import io.netty.channel.EventLoop;
import io.netty.util.AsciiString;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Says which fetches are refused where their frames are read ({@link FetchFrames}), because there is no time or no place for them. A refusal inside of grpc costs half of what an answer's transport does, and
 * of a node that is asked for three times what it can bear, refusals are two of three calls. Thread safe.
 *
 * <p><b>Small fetches and time.</b> An event loop reads what all its connections have sent and answers small fetches as it reads them; the answers leave when all that came on their connection has been read. Under
 * overload that round gets longer, and a fetch waits for the rest of one round in the kernel, where nobody sees it, and for its turn in the next. So a fetch is refused when the
 * round has lasted for a quarter of the fetch's time already: what is accepted leaves within about half of its time, and the rounds stay as short as that. How long it
 * waited in its client before, because that had as many calls under way as it may, no server can know.
 */
final class Shedding {
    private static final int LATE_SHARE = 4;

    private final Admission admission;
    private final Refusals refusals;
    private final long defaultTimeNs;
    private final Set<AsciiString> paths;
    private final Refusal late;
    private final Refusal noPlace;
    private final Map<EventLoop, Round> rounds = new ConcurrentHashMap<>();

    Shedding(ServingConfig config, Admission admission, Refusals refusals) {
        this.admission = admission;
        this.refusals = refusals;
        this.defaultTimeNs = TimeUnit.MILLISECONDS.toNanos(config.defaultDeadlineMs());
        this.paths = Set.copyOf(Admission.COUNTED.stream()
                .map(method -> AsciiString.cached("/" + method))
                .toList());
        this.noPlace = Refusal.of(admission.refusal());
        this.late = Refusal.of(Errors.overloaded(
                "WOULD_BE_LATE",
                "the node has worked on other fetches for more than a quarter of the time this one has",
                "try again after the time in RetryInfo, ask another node, or give a longer deadline"));
    }

    /** The round of a connection's event loop; called on it. */
    Round roundOf(EventLoop loop) {
        return rounds.computeIfAbsent(loop, Round::new);
    }

    /** True if calls of this path may be refused. */
    boolean isCounted(AsciiString path) {
        return paths.contains(path);
    }

    /** What a call has that gives none. */
    long defaultTimeNs() {
        return defaultTimeNs;
    }

    /**
     * Why a fetch is refused now; null if it is not.
     *
     * @param nowNs by {@link System#nanoTime}
     * @param timeNs that it has
     */
    @Nullable Refusal refusal(long nowNs, long timeNs, Round round) {
        if (round.lastedNs(nowNs) > timeNs / LATE_SHARE) {
            return late;
        }
        return admission.isFull() ? noPlace : null;
    }

    void count(Refusal refusal) {
        refusals.count(refusal.code());
    }

    /** One event loop's present round: what it found ready to read. Used on that event loop. */
    static final class Round {
        private final EventLoop loop;
        private boolean begun;
        private long sinceNs;

        private Round(EventLoop loop) {
            this.loop = loop;
        }

        /** For how long calls have been read and answered now without looking for new ones, nanoseconds. */
        long lastedNs(long nowNs) {
            if (!begun) {
                begun = true;
                sinceNs = nowNs;
                loop.execute(() -> begun = false); // tasks run when all that was ready has been read
            }
            return nowNs - sinceNs;
        }
    }
}
