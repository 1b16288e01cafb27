package io.tilefold.ingest.cluster;

/**
 * A snapshot that this member has taken.
 *
 * @param position of the log at which it was taken
 * @param digest CRC-32C of its bytes: equal on members that hold equal state
 * @param length bytes
 * @param durationMs how long no entry was applied
 */
public record SnapshotInfo(long position, int digest, long length, long durationMs) {}
