/** {@code tilefold daily}: what is due for a day, in the order of what needs what. */
@NullMarked
package io.tilefold.cli.daily;

import org.jspecify.annotations.NullMarked;
