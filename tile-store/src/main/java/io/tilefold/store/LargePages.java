package io.tilefold.store;

import java.nio.ByteBuffer;

/**
 * How a file comes to lie in the page cache in large pages: each stretch of {@value #LENGTH} bytes that begins at a multiple of it is written in one call.
 * Linux (for ext4 from 6.16 on, for XFS from 5.18 on) then takes one page for it, if it has one free, and maps that as one. A read at random costs one miss
 * then, not another for the page table; and a file mapped for writing is not taken page by page again after each time that it was written back. Elsewhere it
 * is a file as any other.
 */
final class LargePages {
    static final int LENGTH = 2 << 20;

    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(LENGTH).asReadOnlyBuffer();

    private LargePages() {}

    /** So many zeros, at most a page. */
    static ByteBuffer zeros(int length) {
        return ZEROS.duplicate().limit(length);
    }
}
