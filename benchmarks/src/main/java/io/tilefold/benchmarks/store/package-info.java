/** What the tile store costs: lookup, fold, apply, install, beside the hardware's floor and general stores on the same data. */
@NullMarked
package io.tilefold.benchmarks.store;

import org.jspecify.annotations.NullMarked;
