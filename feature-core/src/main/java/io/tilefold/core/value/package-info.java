/** Types, schemas, the flat row that carries one event, and the sink that takes finished values. */
@NullMarked
package io.tilefold.core.value;

import org.jspecify.annotations.NullMarked;
