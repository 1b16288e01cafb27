/** Bulk load of one version of one GroupBy: begin, one segment per shard, commit or abort. */
@NullMarked
package io.tilefold.client.upload;

import org.jspecify.annotations.NullMarked;
