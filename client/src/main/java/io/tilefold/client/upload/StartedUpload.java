package io.tilefold.client.upload;

import java.util.List;

/**
 * An upload that the node waits for.
 *
 * @param version names it from here on
 * @param shardCount shards of the deployment
 * @param shardGroup the node's
 * @param shards those that the group owns: one segment is expected for each, empty ones too
 */
public record StartedUpload(long version, int shardCount, int shardGroup, List<Integer> shards) {
    public StartedUpload {
        shards = List.copyOf(shards);
    }
}
