/** The serving node: request to plan to reads of the tile store to response. */
@NullMarked
package io.tilefold.serving;

import org.jspecify.annotations.NullMarked;
