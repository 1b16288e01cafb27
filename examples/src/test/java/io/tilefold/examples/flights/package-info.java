/** Tests of the flights example: the SQL against values worked out by hand, and the extract that ships. */
@NullMarked
package io.tilefold.examples.flights;

import org.jspecify.annotations.NullMarked;
