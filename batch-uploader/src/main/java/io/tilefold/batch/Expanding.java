package io.tilefold.batch;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;

/** Gives none, one or a few elements for each of another iterator's, whose next is asked for when all that was made of the former is taken. Confined to one thread. */
public abstract class Expanding<A, B> implements Iterator<B> {
    private final Iterator<A> source;
    private final ArrayDeque<B> ready = new ArrayDeque<>(2);
    private boolean hasEnded;

    protected Expanding(Iterator<A> source) {
        this.source = source;
    }

    /** Calls {@link #give} for each element that this one becomes. */
    protected abstract void expand(A element);

    /** Called once after the last element; may {@link #give} more. */
    protected void end() {}

    protected final void give(B element) {
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
