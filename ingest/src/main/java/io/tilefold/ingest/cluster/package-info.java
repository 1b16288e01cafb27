/** One member of the Aeron Cluster: driver, archive, consensus module, the service around the state machine, and the client that offers entries. */
@NullMarked
package io.tilefold.ingest.cluster;

import org.jspecify.annotations.NullMarked;
