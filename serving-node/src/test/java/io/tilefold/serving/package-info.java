/** Tests of the serving node, over real stores, a real gRPC server on loopback and the real client. */
@NullMarked
package io.tilefold.serving;

import org.jspecify.annotations.NullMarked;
