/** The replicated log's entries: their limits, their writers, and the way from the threads that decide them to the log. */
@NullMarked
package io.tilefold.ingest.log;

import org.jspecify.annotations.NullMarked;
