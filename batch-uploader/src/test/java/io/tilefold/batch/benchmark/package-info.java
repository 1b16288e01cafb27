/** The training jobs beside SQL written by hand: how long, how many bytes shuffled, how much memory. */
@NullMarked
package io.tilefold.batch.benchmark;

import org.jspecify.annotations.NullMarked;
