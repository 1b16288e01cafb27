package io.tilefold.client;

/** Every value of an answer is that of a prefix of the shard group's log that ends in {@code [fromPosition, toPosition]}, in bytes. */
public record PositionRange(int shardGroup, long fromPosition, long toPosition) {}
