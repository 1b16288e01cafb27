/** Definitions to a validated, typed catalog: the rules of SEMANTICS.md §9, the types of columns, and the report people read. */
@NullMarked
package io.tilefold.compiler;

import org.jspecify.annotations.NullMarked;
