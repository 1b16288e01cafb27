package io.tilefold.core.tile;

import io.tilefold.core.definition.DefinitionId;

/**
 * What a segment is.
 *
 * @param batchEndMs B, epoch milliseconds
 */
public record SegmentHeader(DefinitionId definitionId, long version, int shard, int shardCount, long batchEndMs) {
    public SegmentHeader {
        if (shard < 0 || shard >= shardCount) {
            throw new IllegalArgumentException("shard " + shard + " of " + shardCount);
        }
    }
}
