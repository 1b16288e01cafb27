/** Open-loop load on serving nodes and the latency seen, through the public client alone. */
@NullMarked
package io.tilefold.loadtest;

import org.jspecify.annotations.NullMarked;
