package io.tilefold.client.call;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.function.Supplier;

/** Runs a blocking call until it answers, is refused, or the attempts are used up. */
public final class UnaryCall {
    private UnaryCall() {}

    /**
     * Runs the call; tries again while the node cannot be reached or is busy ({@code UNAVAILABLE}) and while another attempt is still at
     * it ({@code ABORTED}), nothing else.
     *
     * @param action for messages: {@code "commit version 7"}
     * @param call one attempt, with a deadline of its own
     * @throws CallException with the last attempt's failure
     */
    public static <T> T run(String action, RetryPolicy retry, Supplier<T> call) {
        for (int failed = 0; ; ) {
            try {
                return call.get();
            } catch (StatusRuntimeException e) {
                failed++;
                Status.Code code = e.getStatus().getCode();
                boolean passes = code == Status.Code.UNAVAILABLE || code == Status.Code.ABORTED;
                if (!passes || !retry.allowsAnother(failed)) {
                    throw CallException.of(failed == 1 ? action : action + " (" + failed + " attempts)", e);
                }
                backOff(action, retry, failed);
            }
        }
    }

    /** {@link RetryPolicy#backOff}, for callers that cannot be interrupted in the middle: the interrupt stays set. */
    public static void backOff(String action, RetryPolicy retry, int failedAttempts) {
        try {
            retry.backOff(failedAttempts);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CallException.of(action, Status.Code.CANCELLED, "interrupted while waiting for the next attempt");
        }
    }
}
