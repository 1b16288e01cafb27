package io.tilefold.serving;

import io.tilefold.store.StoreView;
import java.util.IdentityHashMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What one request sees: a view of the store and the targets compiled from its catalog. Shared by threads.
 *
 * <p>The threads' readers hang on it, not on the threads, so that they and the view's mappings go with it.
 */
final class Snapshot {
    private final StoreView view;
    private final Targets targets;
    private final ConcurrentHashMap<Thread, IdentityHashMap<PartPlan, PartReader>> readers = new ConcurrentHashMap<>();

    Snapshot(StoreView view, Targets targets) {
        this.view = view;
        this.targets = targets;
    }

    StoreView view() {
        return view;
    }

    Targets targets() {
        return targets;
    }

    /** The calling thread's reader of a part. */
    PartReader reader(PartPlan part) {
        IdentityHashMap<PartPlan, PartReader> own = readers.get(Thread.currentThread());
        if (own == null) {
            own = new IdentityHashMap<>();
            readers.put(Thread.currentThread(), own);
        }
        PartReader reader = own.get(part);
        if (reader == null) {
            reader = new PartReader(part, view);
            own.put(part, reader);
        }
        return reader;
    }
}
