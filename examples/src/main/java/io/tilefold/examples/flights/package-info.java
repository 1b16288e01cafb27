/** The flights example: its data, the questions of the demo, and the independent SQL that its answers are compared with. */
@NullMarked
package io.tilefold.examples.flights;

import org.jspecify.annotations.NullMarked;
