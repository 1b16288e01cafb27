/** What the parts of a node share of its configuration, and how one says that it cannot start. */
@NullMarked
package io.tilefold.ingest.config;

import org.jspecify.annotations.NullMarked;
