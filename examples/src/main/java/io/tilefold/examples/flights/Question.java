package io.tilefold.examples.flights;

import org.jspecify.annotations.Nullable;

/**
 * One row to ask of the join {@code flight_context}.
 *
 * @param qMs the time the values are asked for, epoch milliseconds
 */
public record Question(@Nullable String origin, @Nullable String destination, long qMs) {
    @Override
    public String toString() {
        return origin + "→" + destination + " at " + java.time.Instant.ofEpochMilli(qMs);
    }
}
