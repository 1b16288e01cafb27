/** The aggregations: one small class each, states as flat bytes, one registry, laws as methods. */
@NullMarked
package io.tilefold.core.algebra;

import org.jspecify.annotations.NullMarked;
