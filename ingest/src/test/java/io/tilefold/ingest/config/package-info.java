/** Tests of how duty cycles wait. */
@NullMarked
package io.tilefold.ingest.config;

import org.jspecify.annotations.NullMarked;
