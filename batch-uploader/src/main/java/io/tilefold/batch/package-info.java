/** Spark jobs: warehouse tables to tile segments, uploaded over gRPC; and what the warehouse's tables look like. */
@NullMarked
package io.tilefold.batch;

import org.jspecify.annotations.NullMarked;
