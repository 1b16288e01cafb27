package io.tilefold.ingest.apply;

import io.tilefold.core.definition.DefinitionId;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The versions that are kept of every GroupBy: the current one and the one before. Written by the thread that applies entries; read by all. */
final class Versions {
    private final Map<DefinitionId, CommittedVersion> current = new ConcurrentHashMap<>();
    private final Map<DefinitionId, CommittedVersion> former = new ConcurrentHashMap<>();

    @Nullable CommittedVersion current(DefinitionId id) {
        return current.get(id);
    }

    @Nullable CommittedVersion former(DefinitionId id) {
        return former.get(id);
    }

    boolean isKept(DefinitionId id, long version) {
        return is(current.get(id), version) || is(former.get(id), version);
    }

    private static boolean is(@Nullable CommittedVersion committed, long version) {
        return committed != null && committed.version() == version;
    }

    /** The commit of this version, if it is some GroupBy's current one. */
    @Nullable CommittedVersion find(long version) {
        return current.values().stream()
                .filter(one -> one.version() == version)
                .findFirst()
                .orElse(null);
    }

    void commit(DefinitionId id, CommittedVersion version) {
        CommittedVersion before = current.put(id, version);
        put(former, id, before);
    }

    void rollback(DefinitionId id) {
        put(current, id, former.remove(id));
    }

    void restore(DefinitionId id, @Nullable CommittedVersion currentOne, @Nullable CommittedVersion formerOne) {
        put(current, id, currentOne);
        put(former, id, formerOne);
    }

    private static void put(
            Map<DefinitionId, CommittedVersion> map, DefinitionId id, @Nullable CommittedVersion version) {
        if (version == null) {
            map.remove(id);
        } else {
            map.put(id, version);
        }
    }

    void retain(Set<DefinitionId> ids) {
        current.keySet().retainAll(ids);
        former.keySet().retainAll(ids);
    }
}
