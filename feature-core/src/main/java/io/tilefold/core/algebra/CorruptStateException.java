package io.tilefold.core.algebra;

/** A tile whose bytes no accumulator can have written; the message says where, from the tile's start, and what. */
public final class CorruptStateException extends RuntimeException {
    private final int offset;

    /** @param offset of what is wrong, from the tile's start */
    public CorruptStateException(int offset, String what) {
        super("tile, offset " + offset + ": " + what);
        this.offset = offset;
    }

    /** From the tile's start. */
    public int offset() {
        return offset;
    }
}
