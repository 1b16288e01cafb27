/** Typed key encoding, the key hash and the shard of a key. */
@NullMarked
package io.tilefold.core.key;

import org.jspecify.annotations.NullMarked;
