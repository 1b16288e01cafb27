package io.tilefold.ingest.apply;

import io.tilefold.core.definition.DefinitionId;
import java.util.OptionalLong;

/**
 * What has been applied to one active GroupBy, at one log position.
 *
 * @param consumerLag records of its topic that were not applied to it when the topic's ends were last seen; empty if nothing feeds it or that is not known
 * @param catchingUp it has not caught up in some partition
 */
public record GroupByStatus(
        String name,
        DefinitionId id,
        OptionalLong version,
        OptionalLong batchEndMs,
        OptionalLong newestEventMs,
        OptionalLong consumerLag,
        long eventsApplied,
        long eventsLate,
        long eventsNullTime,
        long eventsNullKey,
        long eventsRefused,
        long eventsOverLimit,
        boolean catchingUp) {}
