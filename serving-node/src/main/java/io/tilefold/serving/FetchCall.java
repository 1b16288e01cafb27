package io.tilefold.serving;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** One fetch under way. */
final class FetchCall<C extends Caller> extends Turn<C> {
    private final FetchMessage message;
    private final long parsedNs;
    private @Nullable RemoteFetch remote;

    /**
     * @param arrivedNs when it came, by {@link System#nanoTime}
     * @param deadlineNs until when the caller waits, by the same clock; empty if it set no bound
     */
    FetchCall(FetchMessage message, C caller, long arrivedNs, OptionalLong deadlineNs) {
        super(caller, message.target(), arrivedNs, deadlineNs);
        this.message = message;
        this.parsedNs = System.nanoTime();
    }

    FetchMessage message() {
        return message;
    }

    /** When it had been read, by {@link System#nanoTime}. */
    long parsedNs() {
        return parsedNs;
    }

    /** The caller's deadline or the target's own budget, whichever ends first. */
    Budget budget(TargetPlan target) {
        Budget own = target.latencyBudgetMs().isPresent()
                ? Budget.of(arrivedNs(), target.latencyBudgetMs().getAsInt() * 1_000_000L)
                : Budget.UNLIMITED;
        return deadlineNs().isPresent()
                ? Budget.of(arrivedNs(), deadlineNs().getAsLong() - arrivedNs()).tighter(own)
                : own;
    }

    /** What other shard groups were asked for it; null if nothing was. */
    @Nullable RemoteFetch remote() {
        return remote;
    }

    void remote(RemoteFetch asked) {
        remote = asked;
    }
}
