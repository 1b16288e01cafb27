/** The tile store: base segments and live tiles in mapped files, one writer, lock-free readers in other processes. */
@NullMarked
package io.tilefold.store;

import org.jspecify.annotations.NullMarked;
