package io.tilefold.serving;

import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.agrona.concurrent.EpochClock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One call that waits for its turn at the stores, or has it. Handed from thread to thread, used by one at a time. */
class Turn<C extends Caller> {
    private static final Logger LOG = LoggerFactory.getLogger(Turn.class);
    private static final ThrottledLog FAILURES = new ThrottledLog(LOG);

    private final C caller;
    private final String target;
    private final long arrivedNs;
    private final OptionalLong deadlineNs;
    private final Context context = Context.current();
    private long nowMs;
    private boolean clockRead;
    private int refreshes;
    private @Nullable BooleanSupplier awaited;

    /**
     * @param target for messages
     * @param arrivedNs when it came, by {@link System#nanoTime}
     * @param deadlineNs until when the caller waits, by the same clock; empty if it set no bound
     */
    Turn(C caller, String target, long arrivedNs, OptionalLong deadlineNs) {
        this.caller = caller;
        this.target = target;
        this.arrivedNs = arrivedNs;
        this.deadlineNs = deadlineNs;
    }

    final C caller() {
        return caller;
    }

    final boolean isCancelled() {
        return caller.isCancelled();
    }

    /** When it came, by {@link System#nanoTime}. */
    final long arrivedNs() {
        return arrivedNs;
    }

    final OptionalLong deadlineNs() {
        return deadlineNs;
    }

    /** gRPC's context of the call: cancelled with it. */
    final Context context() {
        return context;
    }

    /** The clock, read at the first call: one q for the request. */
    final long nowMs(EpochClock clock) {
        if (!clockRead) {
            nowMs = clock.time();
            clockRead = true;
        }
        return nowMs;
    }

    /** How often the call was held back for a newer view. */
    final int refreshes() {
        return refreshes;
    }

    /** Counts another time, unless it was held back so often already. */
    final boolean countRefresh(int bound) {
        return refreshes++ < bound;
    }

    /**
     * Has the call wait before its next turn, until this is true or its time is over. Once: false if it has waited before, and is to go on without.
     *
     * @param reached asked often, by the thread that waits for all
     */
    final boolean waitFor(BooleanSupplier reached) {
        boolean first = awaited == null;
        if (first) {
            awaited = reached;
        }
        return first;
    }

    /** What the call waits for, or has waited for; null if nothing. */
    final @Nullable BooleanSupplier awaited() {
        return awaited;
    }

    /** Runs a step of the call; what it throws ends the call. */
    final void run(Runnable step) {
        run(step, caller, target);
    }

    /** Runs a step of a call; what it throws ends it. */
    static void run(Runnable step, Caller caller, String target) {
        try {
            step.run();
        } catch (CancellationException gone) {
            caller.fail(Status.CANCELLED.withDescription(gone.getMessage()).asRuntimeException());
        } catch (StatusRuntimeException refused) {
            caller.fail(refused);
        } catch (RuntimeException | Error failure) { // whatever it was, the caller must not wait for ever
            FAILURES.error("a call for " + target + " failed", failure);
            caller.fail(Errors.internal(failure));
        }
    }
}
