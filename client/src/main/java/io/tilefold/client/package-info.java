/** Fetching features from Java: requests, typed answers, and the channels all of this module's clients use. */
@NullMarked
package io.tilefold.client;

import org.jspecify.annotations.NullMarked;
