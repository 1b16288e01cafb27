/** Settings of the long-running roles: one immutable record each, read from a YAML file and validated once. */
@NullMarked
package io.tilefold.cli.config;

import org.jspecify.annotations.NullMarked;
