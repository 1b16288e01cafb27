/** Tests of what a record becomes. */
@NullMarked
package io.tilefold.ingest.kafka;

import org.jspecify.annotations.NullMarked;
