package io.tilefold.serving;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;

/** The answer of a fetch that is a call of its own. */
final class UnaryReply extends UnaryCaller<WireBuffer> implements FetchReply {
    private final Refusals refusals;

    UnaryReply(StreamObserver<WireBuffer> observer, Refusals refusals) {
        super(observer);
        this.refusals = refusals;
    }

    @Override
    public void fail(StatusRuntimeException refused) {
        refusals.count(refused.getStatus().getCode());
        super.fail(refused);
    }

    @Override
    public void begin(WireBuffer out) {}

    @Override
    public void send(WireBuffer out) {
        answer(out);
    }
}
