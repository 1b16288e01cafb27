package io.tilefold.serving;

import io.grpc.Status;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** How many fetches, and reads of peers, were not answered, by status. Thread safe. */
final class Refusals {
    private final Map<Status.Code, LongAdder> counts = new EnumMap<>(Status.Code.class);

    Refusals() {
        for (Status.Code code : Status.Code.values()) {
            counts.put(code, new LongAdder());
        }
    }

    void count(Status.Code code) {
        LongAdder count = counts.get(code);
        if (count != null) {
            count.increment();
        }
    }

    /** Since the start; those that happened. */
    Map<Status.Code, Long> sinceStart() {
        Map<Status.Code, Long> happened = new EnumMap<>(Status.Code.class);
        counts.forEach((code, count) -> {
            if (count.sum() > 0) {
                happened.put(code, count.sum());
            }
        });
        return happened;
    }
}
