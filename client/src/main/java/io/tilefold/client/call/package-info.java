/** How the clients of a node call it: deadlines, bounded retries, and errors as exceptions that carry the node's code and details. */
@NullMarked
package io.tilefold.client.call;

import org.jspecify.annotations.NullMarked;
