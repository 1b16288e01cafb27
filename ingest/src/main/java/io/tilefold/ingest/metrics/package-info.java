/** Measures of a node, and the page on which Prometheus finds metrics. */
@NullMarked
package io.tilefold.ingest.metrics;

import org.jspecify.annotations.NullMarked;
