/** The other serving nodes of a deployment: which of them holds which shards, and how they are asked. */
@NullMarked
package io.tilefold.serving.peer;

import org.jspecify.annotations.NullMarked;
