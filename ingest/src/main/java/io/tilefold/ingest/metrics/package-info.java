/** What a node measures of itself. */
@NullMarked
package io.tilefold.ingest.metrics;

import org.jspecify.annotations.NullMarked;
