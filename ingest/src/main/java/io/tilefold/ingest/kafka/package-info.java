/** Kafka to entries: which partitions are read from where, and what a record's effects are. */
@NullMarked
package io.tilefold.ingest.kafka;

import org.jspecify.annotations.NullMarked;
