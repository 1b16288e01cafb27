package io.tilefold.ingest.rpc;

/**
 * What the gRPC server is told.
 *
 * @param port 0: any free one
 * @param maxFutureMs an event's time may be this much after its record's timestamp
 */
public record ServerSettings(String host, int port, int shardGroup, int memberId, long maxFutureMs, long uploadTtlMs) {}
