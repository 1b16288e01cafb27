/** Tests of the state machine. */
@NullMarked
package io.tilefold.ingest.apply;

import org.jspecify.annotations.NullMarked;
