/** Definitions as validated, immutable records: sources, GroupBys, Joins, and the catalog of compiled ones. */
@NullMarked
package io.tilefold.core.definition;

import org.jspecify.annotations.NullMarked;
