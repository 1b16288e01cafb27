package io.tilefold.testsupport;

import org.jspecify.annotations.Nullable;

/**
 * What must be answered.
 *
 * @param value Boolean, Long, Double, String, {@link java.nio.ByteBuffer} (binary), List, Map in the order of its keys' bytes, {@link
 *     ModelStruct}, or null
 * @param stale true if the value may hold what was taken back, or more was taken back than taken
 */
public record ModelAnswer(@Nullable Object value, boolean stale) {}
