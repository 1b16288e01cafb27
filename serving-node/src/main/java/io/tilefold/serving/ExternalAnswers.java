package io.tilefold.serving;

import io.tilefold.core.definition.Join.ExternalPart;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What external sources answered to one request. Filled by one thread, then read by one. */
final class ExternalAnswers {
    /** Of a request that needs none. Never filled. */
    static final ExternalAnswers NONE = new ExternalAnswers();

    private final Map<ExternalPart, PartAnswer> parts = new HashMap<>();

    /** @param places per row of the request the place of its key, or {@link ExternalKeys#NULL_KEY} */
    record PartAnswer(int[] places, ExternalAnswer answer) {}

    void put(ExternalPlan plan, int[] places, ExternalAnswer answer) {
        parts.put(plan.part(), new PartAnswer(places, answer));
    }

    /** Null if the part was not asked for: the definition has changed since. */
    @Nullable PartAnswer of(ExternalPlan plan) {
        return parts.get(plan.part());
    }
}
