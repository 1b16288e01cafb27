package io.tilefold.serving;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** One fetch under way. */
final class FetchCall<C extends Caller> extends Turn<C> {
    private final FetchMessage message;
    private final long parsedNs;
    private @Nullable RemoteFetch remote;
    private ExternalAnswers external = ExternalAnswers.NONE;
    private boolean externalAsked;
    private long externalNs;

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

    /**
     * Asks external sources, if the call needs some and has not asked yet.
     *
     * @param then run by any thread when they have answered; what it throws ends the call
     * @return false if there is nothing to wait for
     */
    boolean askExternals(Targets targets, Externals externals, Runnable then) {
        if (!targets.anyExternal() || externalAsked) {
            return false;
        }
        TargetPlan target = targets.get(message.join(), message.groupBy());
        Selection selection = target.select(message.features());
        if (!selection.isExternal()) {
            return false;
        }
        externalAsked = true;
        long askedNs = System.nanoTime();
        externals
                .ask(selection.externals(), RequestKeys.of(message, target), budget(target))
                .thenAccept(answers -> run(() -> {
                    external = answers;
                    externalNs = System.nanoTime() - askedNs;
                    then.run();
                }));
        return true;
    }

    /** What external sources answered; nothing while they were not asked. */
    ExternalAnswers external() {
        return external;
    }

    /** How long they took. */
    long externalNs() {
        return externalNs;
    }
}
