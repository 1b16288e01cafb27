package io.tilefold.serving.external;

import io.tilefold.proto.external.v1.LookupRequest;
import io.tilefold.proto.external.v1.LookupResponse;
import java.util.concurrent.CompletableFuture;

/**
 * A service that gives values of keys while a fetch is answered: online what an external part of a join is. Thread safe. The node guards it: an answer after
 * the timeout is not used, and one that fails too often is not asked for a while.
 */
public interface ExternalSource extends AutoCloseable {
    /**
     * Asks; returns at once and never blocks, since event loops call it.
     *
     * @param request distinct keys, and the values that are needed
     * @param timeoutNs time left; positive
     * @return completes on any thread: with an answer of the request's rows, or exceptionally. If it is cancelled nobody waits any more
     */
    CompletableFuture<LookupResponse> lookup(LookupRequest request, long timeoutNs);

    /** No call follows. */
    @Override
    void close();
}
