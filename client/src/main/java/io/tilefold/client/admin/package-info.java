/** Administration of an ingest node: definitions in, status out. */
@NullMarked
package io.tilefold.client.admin;

import org.jspecify.annotations.NullMarked;
