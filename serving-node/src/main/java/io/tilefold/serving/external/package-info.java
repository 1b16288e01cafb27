/** What a serving node asks others for while it answers: external sources of joins. */
@NullMarked
package io.tilefold.serving.external;

import org.jspecify.annotations.NullMarked;
