/** Tests of the ingest node against a real broker, cluster and store. */
@NullMarked
package io.tilefold.ingest;

import org.jspecify.annotations.NullMarked;
