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

    /** Called whenever all that was given is taken, before another element is: may {@link #give} more of what was kept back. */
    protected void giveKept() {}

    protected final void give(B element) {
        ready.addLast(element);
    }

    @Override
    public final boolean hasNext() {
        while (ready.isEmpty()) {
            giveKept();
            if (ready.isEmpty() && !advance()) {
                return false;
            }
        }
        return true;
    }

    /** False if there is nothing more to take. */
    private boolean advance() {
        if (source.hasNext()) {
            expand(source.next());
            return true;
        }
        if (hasEnded) {
            return false;
        }
        hasEnded = true;
        end();
        return true;
    }

    @Override
    public final B next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        return ready.removeFirst();
    }
}
