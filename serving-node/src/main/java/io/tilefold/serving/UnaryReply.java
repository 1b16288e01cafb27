package io.tilefold.serving;

import io.grpc.stub.StreamObserver;

/** The answer of a fetch that is a call of its own. */
final class UnaryReply extends UnaryCaller<WireBuffer> implements FetchReply {
    UnaryReply(StreamObserver<WireBuffer> observer) {
        super(observer);
    }

    @Override
    public void begin(WireBuffer out) {}

    @Override
    public void send(WireBuffer out) {
        answer(out);
    }
}
