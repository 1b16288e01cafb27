/** Training sets: the values of a join at every past moment its left asks for, in one pass per key over rows sorted by time. */
@NullMarked
package io.tilefold.batch.backfill;

import org.jspecify.annotations.NullMarked;
