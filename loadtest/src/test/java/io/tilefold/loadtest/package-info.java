/** Tests of the load test, against a real serving node and against servers that stall, refuse and break. */
@NullMarked
package io.tilefold.loadtest;

import org.jspecify.annotations.NullMarked;
