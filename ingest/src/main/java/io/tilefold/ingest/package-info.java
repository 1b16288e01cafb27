/** The ingest node: Kafka to replicated log to tile store, and the services that administer it. */
@NullMarked
package io.tilefold.ingest;

import org.jspecify.annotations.NullMarked;
