package io.tilefold.client.admin;

/** A place in a Kafka partition: everything before {@code nextOffset}. */
public record TopicOffset(String topic, int partition, long nextOffset) {}
