/** Tests of the log's entries. */
@NullMarked
package io.tilefold.ingest.log;

import org.jspecify.annotations.NullMarked;
