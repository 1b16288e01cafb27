package io.tilefold.core.algebra;

import io.tilefold.core.value.ValueSink;
import org.agrona.DirectBuffer;

/** An accumulator whose state and value are those of another; it differs in what of an event it takes. */
abstract class Delegating extends Accumulator {
    final Accumulator inner;

    Delegating(Accumulator inner) {
        this.inner = inner;
    }

    @Override
    final boolean holdsStateOf(Accumulator other) {
        return other.getClass() == getClass() && inner.holdsStateOf(((Delegating) other).inner);
    }

    @Override
    final boolean mergesTorn() {
        return inner.mergesTorn();
    }

    @Override
    public final int fixedLength() {
        return inner.fixedLength();
    }

    @Override
    public final int blobReference() {
        return inner.blobReference();
    }

    @Override
    public final int blobBound() {
        return inner.blobBound();
    }

    @Override
    public final long weight(DirectBuffer from, int tile, int at) {
        return inner.weight(from, tile, at);
    }

    @Override
    final void overflow(TileBuffer tile, int at) {
        inner.overflow(tile, at);
    }

    @Override
    final void check(DirectBuffer from, int tile, int at) {
        inner.check(from, tile, at);
    }

    @Override
    public final void merge(TileBuffer into, int at, DirectBuffer from, int tile, int fromAt) {
        inner.merge(into, at, from, tile, fromAt);
    }

    @Override
    public final void finish(DirectBuffer from, int tile, int at, ValueSink sink) {
        inner.finish(from, tile, at, sink);
    }
}
