package io.tilefold.batch.backfill;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;

/** Gives none, one or a few elements for each of another iterator's. */
abstract class Expanding<A, B> implements Iterator<B> {
    private final Iterator<A> source;
    private final ArrayDeque<B> ready = new ArrayDeque<>(2);
    private boolean hasEnded;

    Expanding(Iterator<A> source) {
        this.source = source;
    }

    /** Calls {@link #give} for each element that this one becomes. */
    abstract void expand(A element);

    /** Called once after the last element; may {@link #give} more. */
    void end() {}

    final void give(B element) {
        ready.addLast(element);
    }

    @Override
    public final boolean hasNext() {
        while (ready.isEmpty() && source.hasNext()) {
            expand(source.next());
        }
        if (ready.isEmpty() && !hasEnded) {
            hasEnded = true;
            end();
        }
        return !ready.isEmpty();
    }

    @Override
    public final B next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        return ready.removeFirst();
    }
}
