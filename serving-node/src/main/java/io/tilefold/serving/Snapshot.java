package io.tilefold.serving;

import io.tilefold.core.definition.DefinitionId;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What one request sees: a view of each store of the host and the targets compiled from their catalog. Shared by threads.
 *
 * <p>The threads' readers hang on it, not on the threads, so that they go with it. Whoever reads from it does so between {@link #enter} and
 * {@link #exit}; once it is retired and nobody is in it, its views may be closed and what only they had mapped goes, from memory and from disk.
 */
final class Snapshot {
    /*
     * A thread says that it is in and then looks whether the snapshot is retired; the watch says that it is retired and then looks whether a
     * thread is in. Both words are volatile, so one of the two sees the other's.
     */
    private final HostStores stores;
    private final Targets targets;
    private final ConcurrentHashMap<Thread, Visitor> visitors = new ConcurrentHashMap<>();
    private volatile boolean retired;

    /** One thread in this snapshot, with its readers. */
    private static final class Visitor {
        final long[] positions;
        final IdentityHashMap<TargetPlan, TargetReader> readers = new IdentityHashMap<>();
        final Map<DefinitionId, PartReader> partReaders = new HashMap<>();
        final WireBuffer answer = new WireBuffer(4096);
        volatile boolean inside;

        Visitor(int places) {
            positions = new long[places];
        }
    }

    Snapshot(HostStores stores, Targets targets) {
        this.stores = stores;
        this.targets = targets;
    }

    /** The calling thread begins to read; false if the snapshot is retired: there is another. */
    boolean enter() {
        Visitor visitor = visitors.get(Thread.currentThread());
        if (visitor == null) {
            visitor = new Visitor(stores.places());
            visitors.put(Thread.currentThread(), visitor);
        }
        visitor.inside = true;
        if (retired) {
            visitor.inside = false;
            return false;
        }
        return true;
    }

    /** The calling thread, which entered, has read. */
    void exit() {
        visitor().inside = false;
    }

    /** No thread can enter any more. */
    void retire() {
        retired = true;
    }

    /** After {@link #retire}: true once no thread is in, which stays so. */
    boolean isUnused() {
        return visitors.values().stream().noneMatch(visitor -> visitor.inside);
    }

    HostStores stores() {
        return stores;
    }

    Targets targets() {
        return targets;
    }

    /** A target's reader of the calling thread, which is in. */
    TargetReader reader(TargetPlan target) {
        IdentityHashMap<TargetPlan, TargetReader> own = visitor().readers;
        TargetReader reader = own.get(target);
        if (reader == null) {
            reader = new TargetReader(target, stores);
            own.put(target, reader);
        }
        return reader;
    }

    /**
     * A GroupBy's reader of the calling thread, which is in.
     *
     * @throws io.grpc.StatusRuntimeException NOT_FOUND if no GroupBy of this definition is served
     */
    PartReader partReader(DefinitionId id) {
        Map<DefinitionId, PartReader> own = visitor().partReaders;
        PartReader reader = own.get(id);
        if (reader == null) {
            reader = new PartReader(targets.groupByPart(id), stores);
            own.put(id, reader);
        }
        return reader;
    }

    /** The positions of the stores, now, by place; valid until the calling thread, which is in, asks again. */
    long[] positions() {
        long[] positions = visitor().positions;
        stores.positions(positions);
        return positions;
    }

    /** The calling thread's buffer for one answer, empty; the thread is in. */
    WireBuffer answer() {
        WireBuffer answer = visitor().answer;
        answer.reset();
        return answer;
    }

    private Visitor visitor() {
        Visitor visitor = visitors.get(Thread.currentThread());
        if (visitor == null) {
            throw new IllegalStateException("a thread that did not enter");
        }
        return visitor;
    }
}
