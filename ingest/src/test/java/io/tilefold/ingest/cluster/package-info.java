/** Tests of what the node asks of Aeron. */
@NullMarked
package io.tilefold.ingest.cluster;

import org.jspecify.annotations.NullMarked;
