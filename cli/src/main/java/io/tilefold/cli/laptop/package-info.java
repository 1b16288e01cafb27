/** All roles of a small Tilefold on this machine, each a child process, wired together on loopback. */
@NullMarked
package io.tilefold.cli.laptop;

import org.jspecify.annotations.NullMarked;
