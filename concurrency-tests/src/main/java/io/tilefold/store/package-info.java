/** The store's protocols between one writer and readers without locks, under jcstress: every outcome in words. */
@NullMarked
package io.tilefold.store;

import org.jspecify.annotations.NullMarked;
