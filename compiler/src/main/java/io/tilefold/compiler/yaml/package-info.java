/** YAML as typed, located fields: whatever is wrong is collected with its file, line, field path, value and a hint. */
@NullMarked
package io.tilefold.compiler.yaml;

import org.jspecify.annotations.NullMarked;
