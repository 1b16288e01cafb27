package io.tilefold.serving;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import org.agrona.concurrent.EpochClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One fetch under way. Handed from thread to thread, used by one at a time. */
final class FetchCall<C extends Caller> {
    private static final Logger LOG = LoggerFactory.getLogger(FetchCall.class);
    private static final ThrottledLog FAILURES = new ThrottledLog(LOG);

    private final FetchMessage message;
    private final C caller;
    private final long arrivedNs;
    private final long parsedNs;
    private final OptionalLong deadlineNs;
    private long nowMs;
    private boolean clockRead;
    private int refreshes;
    private ExternalAnswers external = ExternalAnswers.NONE;
    private boolean externalAsked;
    private long externalNs;

    /**
     * @param arrivedNs when it came, by {@link System#nanoTime}
     * @param deadlineNs until when the caller waits, by the same clock; empty if it set no bound
     */
    FetchCall(FetchMessage message, C caller, long arrivedNs, OptionalLong deadlineNs) {
        this.message = message;
        this.caller = caller;
        this.arrivedNs = arrivedNs;
        this.parsedNs = System.nanoTime();
        this.deadlineNs = deadlineNs;
    }

    FetchMessage message() {
        return message;
    }

    boolean isCancelled() {
        return caller.isCancelled();
    }

    /** When it came, by {@link System#nanoTime}. */
    long arrivedNs() {
        return arrivedNs;
    }

    /** When it had been read, by {@link System#nanoTime}. */
    long parsedNs() {
        return parsedNs;
    }

    OptionalLong deadlineNs() {
        return deadlineNs;
    }

    /** The caller's deadline or the target's own budget, whichever ends first. */
    Budget budget(TargetPlan target) {
        Budget own = target.latencyBudgetMs().isPresent()
                ? Budget.of(arrivedNs, target.latencyBudgetMs().getAsInt() * 1_000_000L)
                : Budget.UNLIMITED;
        return deadlineNs.isPresent()
                ? Budget.of(arrivedNs, deadlineNs.getAsLong() - arrivedNs).tighter(own)
                : own;
    }

    /** The clock, read at the first call: one q for the request. */
    long nowMs(EpochClock clock) {
        if (!clockRead) {
            nowMs = clock.time();
            clockRead = true;
        }
        return nowMs;
    }

    /** How often the call was held back for a newer view. */
    int refreshes() {
        return refreshes;
    }

    /** Counts another time, unless it was held back so often already. */
    boolean countRefresh(int bound) {
        return refreshes++ < bound;
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

    C caller() {
        return caller;
    }

    /** Runs a step of the call; what it throws ends the call. */
    void run(Runnable step) {
        run(step, caller, message.target());
    }

    /** Runs a step of a fetch; what it throws ends it. */
    static void run(Runnable step, Caller caller, String target) {
        try {
            step.run();
        } catch (CancellationException gone) {
            caller.fail(Status.CANCELLED.withDescription(gone.getMessage()).asRuntimeException());
        } catch (StatusRuntimeException refused) {
            caller.fail(refused);
        } catch (RuntimeException | Error failure) { // whatever it was, the caller must not wait for ever
            FAILURES.error("a fetch of " + target + " failed", failure);
            caller.fail(Errors.internal(failure));
        }
    }
}
