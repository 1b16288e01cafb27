/** Tests of the compiler: a row per rule, the report, ids, and YAML against Java. */
@NullMarked
package io.tilefold.compiler;

import org.jspecify.annotations.NullMarked;
