/**
 * {@code tilefold replay}: a join's past played through the online path of a laptop cluster, its answers compared with the training set.
 */
@NullMarked
package io.tilefold.cli.replay;

import org.jspecify.annotations.NullMarked;
