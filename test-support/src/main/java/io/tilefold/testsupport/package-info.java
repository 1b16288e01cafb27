/** Seeded randomness and the slow, obvious model of what a value is; depends on no module of Tilefold, so it cannot repeat its mistakes. */
@NullMarked
package io.tilefold.testsupport;

import org.jspecify.annotations.NullMarked;
