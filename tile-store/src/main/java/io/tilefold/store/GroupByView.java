package io.tilefold.store;

import io.tilefold.core.definition.DefinitionId;
import java.util.OptionalLong;

/** One GroupBy of a view. Shared by threads; each takes a key reader of its own. */
public final class GroupByView {
    GroupByView() {}

    public DefinitionId id() {
        return Skeleton.pending();
    }

    public String name() {
        return Skeleton.pending();
    }

    public OptionalLong version() {
        return Skeleton.pending();
    }

    /** B of the version, epoch milliseconds. */
    public OptionalLong batchEndMs() {
        return Skeleton.pending();
    }

    /** Largest event time applied so far, epoch milliseconds. */
    public OptionalLong newestEventMs() {
        return Skeleton.pending();
    }

    public KeyReader newKeyReader() {
        return Skeleton.pending();
    }
}
