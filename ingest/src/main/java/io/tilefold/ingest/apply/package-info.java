/** The state machine: what an entry of the log does. No clock, no randomness, no threads; depends on entries alone. */
@NullMarked
package io.tilefold.ingest.apply;

import org.jspecify.annotations.NullMarked;
