package io.tilefold.store;

import io.tilefold.core.definition.DefinitionId;

/**
 * Size of one GroupBy's live part over all shards.
 *
 * @param keys keys with live events
 * @param indexBytes of the index files
 * @param dataBytes of the region files
 * @param freeBytes of the region files, in freed blocks and not yet carved
 * @param recordsMoved records that outgrew their block since the generation began
 * @param bytesRewritten of records written anew for growth or expiry, where they were or elsewhere, since the generation began
 * @param eventsRefused events answered {@link ApplyResult#KEY_FULL}
 */
public record GroupByStats(
        DefinitionId id,
        String name,
        long keys,
        long indexBytes,
        long dataBytes,
        long freeBytes,
        long recordsMoved,
        long bytesRewritten,
        long eventsRefused) {}
