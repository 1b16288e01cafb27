@NullMarked
package io.tilefold.serving.peer;

import org.jspecify.annotations.NullMarked;
