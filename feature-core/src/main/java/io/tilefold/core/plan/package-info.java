/** A definition compiled to offsets and loops: what batch, ingest and serving all execute. */
@NullMarked
package io.tilefold.core.plan;

import org.jspecify.annotations.NullMarked;
