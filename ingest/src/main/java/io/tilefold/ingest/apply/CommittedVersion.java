package io.tilefold.ingest.apply;

/**
 * The version that is a GroupBy's current one.
 *
 * @param position of the commit in the log
 */
public record CommittedVersion(long version, long batchEndMs, long position) {}
