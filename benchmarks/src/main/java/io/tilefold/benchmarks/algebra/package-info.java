/** What the algebra costs: update, merge and finish of every operation, and the fold that serving does, beside plain loops over the same bytes. */
@NullMarked
package io.tilefold.benchmarks.algebra;

import org.jspecify.annotations.NullMarked;
