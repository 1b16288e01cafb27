package io.tilefold.serving;

import io.tilefold.proto.serving.v1.VersionPin;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;

/**
 * What every part of a request is asked. Immutable.
 *
 * @param positionMissed the minimum positions were not reached in time
 * @param liveIsStale live stood at its topics' end, or the writer gave a sign of life, too long ago
 */
record PartRequest(
        int rows,
        Moments moments,
        List<VersionPin> pins,
        boolean positionMissed,
        boolean liveIsStale,
        Budget budget,
        BooleanSupplier cancelled) {

    boolean isCancelled() {
        return cancelled.getAsBoolean();
    }

    OptionalLong pin(String groupBy) {
        for (VersionPin pin : pins) {
            if (pin.getGroupBy().equals(groupBy)) {
                return OptionalLong.of(pin.getVersion());
            }
        }
        return OptionalLong.empty();
    }
}
