package io.tilefold.serving;

import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What every part of a request is asked. Immutable.
 *
 * @param bounds which base versions are wanted; of a GroupBy that has none any
 * @param missed stores of the host whose minimum positions were not reached in time
 * @param stale stores of the host whose live stood at its topics' end, or whose writer gave a sign of life, too long ago
 * @param remote what other shard groups were asked and answered; null if all keys are this host's
 * @param limits counts the rows that are beyond a bound
 */
record PartRequest(
        int rows,
        Moments moments,
        List<VersionBound> bounds,
        long missed,
        long stale,
        Budget budget,
        BooleanSupplier cancelled,
        @Nullable RemoteFetch remote,
        StateLimits limits) {

    boolean isCancelled() {
        return cancelled.getAsBoolean();
    }

    /** The version that a part's GroupBy is wanted at; null if any will do. */
    @Nullable VersionBound bound(PartPlan part) {
        VersionBound agreed = remote == null ? null : remote.agreed(part);
        if (agreed != null) {
            return agreed;
        }
        for (int i = 0; i < bounds.size(); i++) {
            VersionBound bound = bounds.get(i);
            if (bound.groupBy().equals(part.groupBy())) {
                return bound;
            }
        }
        return null;
    }

    /** The rows of a part that other shard groups answered; null if there are none. */
    @Nullable RemotePart elsewhere(int part) {
        return remote == null ? null : remote.part(part);
    }
}
