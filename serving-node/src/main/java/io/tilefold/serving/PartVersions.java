package io.tilefold.serving;

import io.tilefold.store.GroupByView;
import io.tilefold.store.KeyReader;
import org.jspecify.annotations.Nullable;

/**
 * The base versions of one part's GroupBy that a view can be read at: the current one, and the one before. Where several shard groups commit a version one
 * after the other, the former is what all of them have until the last has committed. Confined to one thread.
 */
final class PartVersions {
    private final PartPlan part;
    private final @Nullable GroupByView view;
    private final Reading current;
    private @Nullable Reading former;

    /**
     * How one version is read.
     *
     * @param reader null where the GroupBy is not active in the store
     */
    record Reading(@Nullable KeyReader reader, PartFreshness freshness) {}

    PartVersions(PartPlan part, @Nullable GroupByView view) {
        this.part = part;
        this.view = view;
        this.current = reading(view);
    }

    private Reading reading(@Nullable GroupByView of) {
        return new Reading(of == null ? null : of.newKeyReader(), new PartFreshness(part, of));
    }

    Reading current() {
        return current;
    }

    /** The newest one that will do; null if none does, or there was no commit yet. */
    @Nullable Reading choose(@Nullable VersionBound bound) {
        if (!current.freshness.hasVersion()) {
            return null;
        }
        if (bound == null || bound.admits(current.freshness.version())) {
            return current;
        }
        Reading before = former();
        return before != null && bound.admits(before.freshness.version()) ? before : null;
    }

    /** This version; null if it is neither the current one nor the one before, or there was no commit yet. */
    @Nullable Reading at(long version) {
        if (!hasAny()) {
            return null;
        }
        if (current.freshness.version() == version) {
            return current;
        }
        Reading before = former();
        return before != null && before.freshness.version() == version ? before : null;
    }

    /** True if there was a commit. */
    boolean hasAny() {
        return current.freshness.hasVersion();
    }

    long currentVersion() {
        return current.freshness.version();
    }

    /** The version before the current one; the current one where there is none. */
    long formerVersion() {
        Reading before = former();
        return before == null ? currentVersion() : before.freshness.version();
    }

    private @Nullable Reading former() {
        GroupByView before = view == null ? null : view.former();
        if (former == null && before != null) {
            former = reading(before);
        }
        return former;
    }
}
