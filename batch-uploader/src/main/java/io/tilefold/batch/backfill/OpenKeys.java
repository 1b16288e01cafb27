package io.tilefold.batch.backfill;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What a task has of the keys of the place it is at ({@link SortedRow}): one key mostly, two where 28 bits of their hashes are equal. Made once, used again from place to
 * place. Confined to one thread.
 */
final class OpenKeys<T> {
    private final Supplier<T> maker;
    private final List<Open<T>> open = new ArrayList<>();
    private int count;
    private long place = -1;
    private boolean isNew;

    private static final class Open<T> {
        private final T state;
        private byte[] key = {};

        Open(T state) {
            this.state = state;
        }
    }

    OpenKeys(Supplier<T> maker) {
        this.maker = maker;
    }

    /** Goes on to a row's place; of a new one no key is open. */
    void advance(long next, Consumer<T> finished) {
        if (next != place) {
            finish(finished);
            place = next;
        }
    }

    /** Closes all keys. */
    void finish(Consumer<T> finished) {
        for (int i = 0; i < count; i++) {
            finished.accept(open.get(i).state);
        }
        count = 0;
    }

    /** The state of a key at this place, which {@link #isNew} says is used or to be started. */
    T at(byte[] key) {
        for (int i = 0; i < count; i++) {
            if (Arrays.equals(open.get(i).key, key)) {
                isNew = false;
                return open.get(i).state;
            }
        }
        if (count == open.size()) {
            open.add(new Open<>(maker.get()));
        }
        Open<T> next = open.get(count++);
        next.key = key;
        isNew = true;
        return next.state;
    }

    /** True if the last {@link #at} opened its key. */
    boolean isNew() {
        return isNew;
    }
}
