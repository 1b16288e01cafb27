/** Tests of the catalog's bytes and of definition ids. */
@NullMarked
package io.tilefold.catalog;

import org.jspecify.annotations.NullMarked;
