@NullMarked
package io.tilefold.node;

import org.jspecify.annotations.NullMarked;
