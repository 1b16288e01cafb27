package io.tilefold.ingest.group;

import io.grpc.StatusRuntimeException;
import io.tilefold.core.key.ShardSet;
import io.tilefold.ingest.config.IngestException;
import io.tilefold.proto.node.v1.DescribeRequest;
import io.tilefold.proto.node.v1.DescribeResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out, before a member takes part, whether it may begin with the log it has.
 *
 * <p>A member without a log begins with nothing only if all others say that they have none either: the group is new. If one has a log, this member's
 * was lost, and it copies the leader's. While neither is known it waits: without this member the others elect a leader, with an empty one they might
 * elect one that misses entries. A member whose log ends before those of the others begin copies too: it could not catch up.
 */
public final class Census {
    private static final Logger LOG = LoggerFactory.getLogger(Census.class);
    private static final long ASK_TIMEOUT_MS = 2_000;
    private static final long ASK_INTERVAL_MS = 200;
    private static final long REMINDER_MS = 5_000;

    private final Peers peers;
    private final int shardGroup;
    private final ShardSet shards;
    private final boolean hasLog;
    private final long publishedPosition;

    /** Why a member did not answer last. */
    private String lastProblem = "none was asked";

    /** @param publishedPosition what readers of this member's store have seen; 0 if nothing */
    public Census(Peers peers, int shardGroup, ShardSet shards, boolean hasLog, long publishedPosition) {
        this.peers = peers;
        this.shardGroup = shardGroup;
        this.shards = shards;
        this.hasLog = hasLog;
        this.publishedPosition = publishedPosition;
    }

    /**
     * Asks until it is clear.
     *
     * @param stopped true: give up
     * @return empty if the member begins with what it has; else the log position up to which it copies the leader's
     * @throws IngestException if it was stopped, not clear in time, or another member is of another group or owns other shards
     */
    public OptionalLong take(long timeoutMs, BooleanSupplier stopped) {
        long startedNs = System.nanoTime();
        long remindAtMs = REMINDER_MS;
        while (true) {
            List<DescribeResponse> answers = ask();
            if (hasLog) {
                return isLeftBehind(answers) ? leaderPosition(answers) : OptionalLong.empty();
            }
            if (answers.size() == peers.ids().size() && answers.stream().noneMatch(DescribeResponse::getHasLog)) {
                return OptionalLong.empty();
            }
            OptionalLong position = leaderPosition(answers);
            if (position.isPresent()) {
                return position;
            }
            long waitedMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNs);
            if (waitedMs > remindAtMs) {
                remindAtMs += REMINDER_MS;
                LOG.info(
                        "no log here: waiting for the others, {} of {} answer{}",
                        answers.size(),
                        peers.ids().size(),
                        answers.size() < peers.ids().size() ? "; last: " + lastProblem : "");
            }
            if (stopped.getAsBoolean() || waitedMs > timeoutMs) {
                throw new IngestException("this member has no log, and of the others " + answers.size() + " of "
                        + peers.ids().size() + " answer, none of them as a leader: start them (last: " + lastProblem
                        + ")");
            }
            pause();
        }
    }

    private List<DescribeResponse> ask() {
        List<DescribeResponse> answers = new ArrayList<>();
        for (int peer : peers.ids()) {
            try {
                DescribeResponse answer =
                        peers.blocking(peer, ASK_TIMEOUT_MS).describe(DescribeRequest.getDefaultInstance());
                checkSameGroup(peer, answer);
                answers.add(answer);
            } catch (StatusRuntimeException e) {
                lastProblem = "member " + peer + ": " + e.getStatus().getCode() + " "
                        + e.getStatus().getDescription()
                        + (e.getCause() == null ? "" : ", " + e.getCause().getMessage());
                LOG.debug("member {} does not answer", peer, e);
            }
        }
        return answers;
    }

    /** Members of one group own the same shards: what one of them decides all of them apply. */
    private void checkSameGroup(int peer, DescribeResponse answer) {
        ShardSet theirs = ShardSet.of(answer.getShardCount(), answer.getShardsList());
        if (answer.getShardGroup() != shardGroup || !theirs.equals(shards)) {
            throw new IngestException("member " + peer + " is of shard group " + answer.getShardGroup()
                    + " and owns shards " + theirs + " of " + theirs.shardCount() + "; this one is of shard group "
                    + shardGroup + " and owns " + shards + " of " + shards.shardCount()
                    + ": give all members of a group the same shardGroup, shards and shardCount");
        }
    }

    private boolean isLeftBehind(List<DescribeResponse> answers) {
        List<DescribeResponse> knowing =
                answers.stream().filter(DescribeResponse::hasLogStartPosition).toList();
        boolean behind = !knowing.isEmpty()
                && knowing.stream().allMatch(answer -> answer.getLogStartPosition() > publishedPosition);
        if (behind) {
            LOG.warn("the others' logs begin behind position {}, where this member's store stands", publishedPosition);
        }
        return behind;
    }

    private static OptionalLong leaderPosition(List<DescribeResponse> answers) {
        return answers.stream()
                .filter(answer -> answer.getLeader() && answer.hasLogStartPosition())
                .mapToLong(DescribeResponse::getPosition)
                .findFirst();
    }

    private static void pause() {
        try {
            Thread.sleep(ASK_INTERVAL_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IngestException("interrupted while asking the other members", e);
        }
    }
}
