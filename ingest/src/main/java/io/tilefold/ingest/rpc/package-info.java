/** The gRPC services of the node: upload and admin. */
@NullMarked
package io.tilefold.ingest.rpc;

import org.jspecify.annotations.NullMarked;
