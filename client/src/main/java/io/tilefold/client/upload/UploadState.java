package io.tilefold.client.upload;

import io.tilefold.core.definition.DefinitionId;
import java.util.List;

/**
 * What a node has of an upload that is not committed.
 *
 * @param batchEndMs B, epoch milliseconds
 * @param segments those of which something arrived
 */
public record UploadState(DefinitionId definitionId, long batchEndMs, List<Segment> segments) {
    public UploadState {
        segments = List.copyOf(segments);
    }

    /** @param receivedLength bytes that arrived whole, from the segment's start: where to resume */
    public record Segment(int shard, long receivedLength, boolean complete) {}

    /** The shard's segment; one of which nothing arrived, if so. */
    public Segment segment(int shard) {
        return segments.stream()
                .filter(segment -> segment.shard() == shard)
                .findFirst()
                .orElse(new Segment(shard, 0, false));
    }
}
