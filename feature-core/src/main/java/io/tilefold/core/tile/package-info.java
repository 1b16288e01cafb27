/** Byte layouts: the tile, the base record, the segment file and its streaming writer. */
@NullMarked
package io.tilefold.core.tile;

import org.jspecify.annotations.NullMarked;
