/** The judges judged: tests of what tests rely on. */
@NullMarked
package io.tilefold.testsupport;

import org.jspecify.annotations.NullMarked;
