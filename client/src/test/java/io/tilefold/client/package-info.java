/** Tests of the fetch client's own parts; its tests against a node stand with the serving node. */
@NullMarked
package io.tilefold.client;

import org.jspecify.annotations.NullMarked;
