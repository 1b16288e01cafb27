package io.tilefold.store;

/**
 * One upload of one GroupBy.
 *
 * @param batchEndMs B, epoch milliseconds
 */
record Version(long number, long batchEndMs) {}
