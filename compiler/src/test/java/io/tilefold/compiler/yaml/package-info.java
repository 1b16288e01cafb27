/** Tests of the YAML cursor. */
@NullMarked
package io.tilefold.compiler.yaml;

import org.jspecify.annotations.NullMarked;
