/** The {@code tilefold} command: one small class for each subcommand, and no logic of its own. */
@NullMarked
package io.tilefold.cli;

import org.jspecify.annotations.NullMarked;
