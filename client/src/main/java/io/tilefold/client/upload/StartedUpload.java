package io.tilefold.client.upload;

/**
 * An upload that the node waits for.
 *
 * @param version names it from here on
 * @param shardCount shards of the deployment: one segment is expected for each, empty ones too
 */
public record StartedUpload(long version, int shardCount) {}
