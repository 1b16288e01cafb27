/** Definitions read from YAML files: one small reader per record, each with the place it was written. */
@NullMarked
package io.tilefold.compiler.reader;

import org.jspecify.annotations.NullMarked;
