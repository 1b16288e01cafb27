/** What a fetch costs: a serving node beside a minimal gRPC echo and other ways to serve the same values. */
@NullMarked
package io.tilefold.servingbench;

import org.jspecify.annotations.NullMarked;
