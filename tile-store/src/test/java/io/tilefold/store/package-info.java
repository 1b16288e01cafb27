/** Tests of the tile store over real mapped files. */
@NullMarked
package io.tilefold.store;

import org.jspecify.annotations.NullMarked;
