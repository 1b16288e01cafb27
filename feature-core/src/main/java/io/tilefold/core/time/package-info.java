/** The time grid: hops, windows, and how a window is covered by hops. All times are epoch milliseconds, UTC. */
@NullMarked
package io.tilefold.core.time;

import org.jspecify.annotations.NullMarked;
