/** How soon an event that Kafka has taken is in an answer, beside a consumer that counts into Redis. */
@NullMarked
package io.tilefold.ingestbench;

import org.jspecify.annotations.NullMarked;
