/** {@code tilefold analyze}: what would spoil a long run, found before it. */
@NullMarked
package io.tilefold.batch.analyze;

import org.jspecify.annotations.NullMarked;
