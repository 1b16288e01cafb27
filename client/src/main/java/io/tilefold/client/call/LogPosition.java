package io.tilefold.client.call;

/** A position in the replicated log of one shard group. A fetch that asks for it sees everything applied up to it. */
public record LogPosition(int shardGroup, long position) {}
