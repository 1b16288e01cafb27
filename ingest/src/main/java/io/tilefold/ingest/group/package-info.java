/** What the members of a shard group do for each other beside the log: they hand each other the segments of base versions, and say what they have. */
@NullMarked
package io.tilefold.ingest.group;

import org.jspecify.annotations.NullMarked;
