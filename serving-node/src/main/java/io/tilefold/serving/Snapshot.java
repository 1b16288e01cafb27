package io.tilefold.serving;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.serving.peer.ShardMap;
import io.tilefold.store.StoreView;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What one request sees: a view of the store and the targets compiled from its catalog. Shared by threads.
 *
 * <p>The threads' readers hang on it, not on the threads, so that they go with it. Whoever reads from it does so between {@link #enter} and
 * {@link #exit}; once it is retired and nobody is in it, its view may be closed and what only that had mapped goes, from memory and from disk.
 */
final class Snapshot {
    /*
     * A thread says that it is in and then looks whether the snapshot is retired; the watch says that it is retired and then looks whether a
     * thread is in. Both words are volatile, so one of the two sees the other's.
     */
    private final StoreView view;
    private final Targets targets;
    private final ShardMap ownShards;
    private final ConcurrentHashMap<Thread, Visitor> visitors = new ConcurrentHashMap<>();
    private volatile boolean retired;

    /** One thread in this snapshot, with its readers. */
    private static final class Visitor {
        final IdentityHashMap<TargetPlan, TargetReader> readers = new IdentityHashMap<>();
        final Map<DefinitionId, PartReader> partReaders = new HashMap<>();
        final WireBuffer answer = new WireBuffer(4096);
        volatile boolean inside;
    }

    Snapshot(StoreView view, Targets targets) {
        this.view = view;
        this.targets = targets;
        this.ownShards = Shards.own(view);
    }

    /** The calling thread begins to read; false if the snapshot is retired: there is another. */
    boolean enter() {
        Visitor visitor = visitors.get(Thread.currentThread());
        if (visitor == null) {
            visitor = new Visitor();
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

    StoreView view() {
        return view;
    }

    /** The shards of the store's group, and nothing of others. */
    ShardMap ownShards() {
        return ownShards;
    }

    Targets targets() {
        return targets;
    }

    /** A target's reader of the calling thread, which is in. */
    TargetReader reader(TargetPlan target) {
        IdentityHashMap<TargetPlan, TargetReader> own = visitor().readers;
        TargetReader reader = own.get(target);
        if (reader == null) {
            reader = new TargetReader(target, view);
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
            reader = new PartReader(targets.groupByPart(id), view);
            own.put(id, reader);
        }
        return reader;
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
