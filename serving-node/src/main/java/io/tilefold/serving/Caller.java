package io.tilefold.serving;

import io.grpc.StatusRuntimeException;

/** Who waits for an answer. Any thread may ask; {@link #fail} is called at most once, by the thread that has the call. */
interface Caller {
    /** The caller has gone, or its time is over. */
    boolean isCancelled();

    void fail(StatusRuntimeException refused);
}
