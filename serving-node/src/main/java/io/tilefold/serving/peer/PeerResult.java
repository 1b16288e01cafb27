package io.tilefold.serving.peer;

import io.tilefold.proto.serving.v1.PeerReadResponse;
import org.jspecify.annotations.Nullable;

/**
 * What came of asking a shard group.
 *
 * @param answer where the outcome is {@link Outcome#ANSWERED}
 * @param why it did not answer, for people; empty if it did
 */
public record PeerResult(Outcome outcome, @Nullable PeerReadResponse answer, String why) {
    /** How it ended. */
    public enum Outcome {
        ANSWERED,
        /** The time was over before an answer came. */
        TIMED_OUT,
        /** No node of the group could be asked, or those that could refused. */
        UNREACHABLE
    }

    static PeerResult of(PeerReadResponse answer) {
        return new PeerResult(Outcome.ANSWERED, answer, "");
    }

    static PeerResult timedOut(String why) {
        return new PeerResult(Outcome.TIMED_OUT, null, why);
    }

    /** No node could be asked. */
    public static PeerResult unreachable(String why) {
        return new PeerResult(Outcome.UNREACHABLE, null, why);
    }
}
