package io.tilefold.store;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.value.FlatRow;
import java.util.OptionalLong;
import org.agrona.DirectBuffer;

/** The writer's side of one active GroupBy. Confined to the writer's thread; the counters may be read by any. */
public final class GroupByStore {
    GroupByStore() {}

    /** Applies one event to its key's live tiles. The row's columns are those of {@link GroupByPlan#row()}. */
    public ApplyResult apply(DirectBuffer key, int keyOffset, int keyLength, FlatRow row, long timeMs) {
        return Skeleton.pending();
    }

    public DefinitionId id() {
        return Skeleton.pending();
    }

    public String name() {
        return Skeleton.pending();
    }

    public GroupByPlan plan() {
        return Skeleton.pending();
    }

    public long eventsApplied() {
        return Skeleton.pending();
    }

    public long eventsLate() {
        return Skeleton.pending();
    }

    /** Events answered {@link ApplyResult#KEY_FULL}. */
    public long eventsRefused() {
        return Skeleton.pending();
    }

    /** Largest event time applied, epoch milliseconds. */
    public OptionalLong newestEventMs() {
        return Skeleton.pending();
    }

    /** The current version, committed but not necessarily published. */
    public OptionalLong version() {
        return Skeleton.pending();
    }

    /** B of the current version. */
    public OptionalLong batchEndMs() {
        return Skeleton.pending();
    }
}
