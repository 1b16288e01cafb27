package io.tilefold.serving;

import io.grpc.BindableService;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.tilefold.proto.serving.v1.PeerReadRequest;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.EpochClock;

/** tilefold.serving.v1.PeerService: answers other nodes from this node's store of the shard group that they ask, and asks nobody. On the event loops; never blocks there. */
final class PeerEndpoint implements BindableService {
    private static final String NAME = "a peer";

    private final ServingConfig config;
    private final Turns turns;
    private final StoreWatch store;
    private final EpochClock clock;
    private final Refusals refusals;
    private final StateLimits limits;

    PeerEndpoint(
            ServingConfig config,
            Turns turns,
            StoreWatch store,
            EpochClock clock,
            Refusals refusals,
            StateLimits limits) {
        this.limits = limits;
        this.config = config;
        this.turns = turns;
        this.store = store;
        this.clock = clock;
        this.refusals = refusals;
    }

    @Override
    public ServerServiceDefinition bindService() {
        return ServerServiceDefinition.builder(PeerMethods.service())
                .addMethod(PeerMethods.READ, ServerCalls.asyncUnaryCall(this::read))
                .build();
    }

    private void read(PeerReadRequest request, StreamObserver<WireBuffer> observer) {
        long arrivedNs = System.nanoTime();
        Deadline deadline = Context.current().getDeadline();
        OptionalLong deadlineNs = deadline == null
                ? OptionalLong.empty()
                : OptionalLong.of(arrivedNs + deadline.timeRemaining(TimeUnit.NANOSECONDS));
        Turn<UnaryReply> turn = new Turn<>(new UnaryReply(observer, refusals), NAME, arrivedNs, deadlineNs);
        turn.run(() -> begin(turn, request));
    }

    private void begin(Turn<UnaryReply> turn, PeerReadRequest request) {
        Snapshot seen = turns.seen();
        turns.begin(
                turn,
                seen,
                () -> request.getExplain() || PeerReading.values(request) > config.inlineValues(),
                entered -> new PeerReading(config, store, clock, turn, request, limits).read(entered));
    }
}
