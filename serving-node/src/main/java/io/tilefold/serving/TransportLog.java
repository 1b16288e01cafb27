package io.tilefold.serving;

import java.util.logging.Filter;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What the gRPC transport may say in the log. It tells, with a stack trace each time, of every answer whose caller has gone while it waited to be written. Of a node that is
 * asked for more than it can bear these are most answers, and telling cost more than answering. Such calls are counted as cancelled or late; all else is told as before.
 */
final class TransportLog {
    static final String NAME = "io.grpc.netty.NettyServerHandler";
    static final String STREAM_ERROR = "Stream Error";

    /** Kept here: {@link java.util.logging} lets go of a logger that nobody holds, and of its filter with it. */
    private static final Logger TRANSPORT = Logger.getLogger(NAME);

    private static boolean filtered;

    private TransportLog() {}

    /** Leaves answers that nobody waits for out of the log of this JVM, from now on. */
    static synchronized void leaveOutUnwantedAnswers() {
        if (filtered) {
            return;
        }
        filtered = true;
        @Nullable Filter before = TRANSPORT.getFilter();
        TRANSPORT.setFilter(
                told -> !STREAM_ERROR.equals(told.getMessage()) && (before == null || before.isLoggable(told)));
    }
}
