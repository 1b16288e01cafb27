/** Whole-system tests: real processes, real faults, and the rules of the house. */
@NullMarked
package io.tilefold.systemtests;

import org.jspecify.annotations.NullMarked;
