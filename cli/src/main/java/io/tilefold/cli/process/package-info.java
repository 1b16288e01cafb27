/** Roles as child processes: how each JVM is started, watched until it is ready, stopped, and kept from outliving its parent. */
@NullMarked
package io.tilefold.cli.process;

import org.jspecify.annotations.NullMarked;
