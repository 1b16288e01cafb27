package io.tilefold.ingest.group;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.tile.SegmentSummary;
import io.tilefold.proto.node.v1.PrepareRequest;
import io.tilefold.proto.node.v1.PrepareResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a majority of the members hold a version before it is committed: each of the others fetches it from this one. Done when as many have verified it
 * as, with this one, are a majority; the rest go on. Fails when too many of the others have failed.
 */
public final class VersionPreparation {
    private static final Logger LOG = LoggerFactory.getLogger(VersionPreparation.class);
    private static final long TIMEOUT_MS = 600_000;

    private final CompletableFuture<Boolean> done = new CompletableFuture<>();
    private final long version;
    private final List<SegmentSummary> expected;
    private final int needed;
    private final List<String> failures = new ArrayList<>();
    private final int asked;
    private int verified;

    private VersionPreparation(long version, List<SegmentSummary> expected, Peers peers) {
        this.version = version;
        this.expected = expected;
        this.needed = peers.majority() - 1;
        this.asked = peers.ids().size();
    }

    /** Too few members have a version for it to be committed. */
    public static final class NoMajorityException extends RuntimeException {
        NoMajorityException(String message) {
            super(message);
        }
    }

    /**
     * Begins.
     *
     * @param segments what this member has, by shard
     * @return completes on a thread of gRPC's; fails with {@link NoMajorityException}, which says which members failed and why
     */
    public static CompletableFuture<Boolean> begin(
            Peers peers, DefinitionId id, long version, long batchEndMs, List<SegmentSummary> segments) {
        VersionPreparation preparation = new VersionPreparation(version, segments, peers);
        if (preparation.needed == 0) {
            return CompletableFuture.completedFuture(true);
        }
        PrepareRequest request = PrepareRequest.newBuilder()
                .setDefinitionId(id.hex())
                .setVersion(version)
                .setBatchEndMs(batchEndMs)
                .setSourceMemberId(peers.memberId())
                .build();
        for (int peer : peers.ids()) {
            peers.asynchronous(peer, TIMEOUT_MS).prepare(request, preparation.new Answer(peer));
        }
        return preparation.done;
    }

    private synchronized void answered(@Nullable String failure) {
        if (failure == null) {
            verified++;
        } else {
            failures.add(failure);
            LOG.warn("version {} is not prepared everywhere: {}", version, failure);
        }
        if (verified >= needed) {
            done.complete(true);
        } else if (asked - failures.size() < needed) {
            done.completeExceptionally(new NoMajorityException("version " + version
                    + " cannot be committed: fewer than a majority of the members have it: " + failures));
        }
    }

    private final class Answer implements StreamObserver<PrepareResponse> {
        private final int peer;

        Answer(int peer) {
            this.peer = peer;
        }

        @Override
        public void onNext(PrepareResponse response) {
            List<SegmentSummary> there = response.getSegmentsList().stream()
                    .map(one -> new SegmentSummary(one.getShard(), one.getLength(), one.getCrc32C(), one.getKeyCount()))
                    .toList();
            answered(there.equals(expected) ? null : "member " + peer + " has " + there + ", expected are " + expected);
        }

        @Override
        public void onError(Throwable thrown) {
            Status status = Status.fromThrowable(thrown);
            answered("member " + peer + ": " + status.getCode() + " " + status.getDescription());
        }

        @Override
        public void onCompleted() {}
    }
}
