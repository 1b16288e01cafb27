/** A real Kafka broker (KRaft, combined mode) as one process, for laptops and tests; nothing of Tilefold shares its class path. */
@NullMarked
package io.tilefold.broker;

import org.jspecify.annotations.NullMarked;
