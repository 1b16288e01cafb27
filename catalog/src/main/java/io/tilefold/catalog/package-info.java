/** The catalog as bytes: compiled definitions to and from protobuf, and the content ids of definitions. */
@NullMarked
package io.tilefold.catalog;

import org.jspecify.annotations.NullMarked;
