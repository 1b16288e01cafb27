package io.tilefold.ingest.kafka;

import io.tilefold.core.key.ShardSet;
import io.tilefold.ingest.config.IdleProfile;

/**
 * What the reader of the topics is told.
 *
 * @param deadLetterSuffix a topic's dead-letter topic is its name with this behind it
 * @param maxFutureMs an event's or mutation's time may be this much after its record's timestamp
 * @param shards that the group owns: it keeps their keys alone
 * @param topicCheckIntervalMs how often topics are looked up
 * @param caughtUpIntervalMs how often the topics' ends are looked up
 */
public record ReaderSettings(
        String kafkaBootstrap,
        String deadLetterSuffix,
        long maxFutureMs,
        ShardSet shards,
        int maxPollRecords,
        long topicCheckIntervalMs,
        long caughtUpIntervalMs,
        IdleProfile idleProfile) {}
