/** What {@code tilefold replay} plays and asks, prepared by Spark: a join's events in the order of their arrival, and its training rows in the order of their moments. */
@NullMarked
package io.tilefold.batch.replay;

import org.jspecify.annotations.NullMarked;
