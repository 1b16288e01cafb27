package io.tilefold.core.tile;

/**
 * What a segment writer wrote.
 *
 * @param length bytes of the file
 * @param crc32c of the whole file
 */
public record SegmentSummary(int shard, long length, int crc32c, long keyCount) {}
