package io.tilefold.core.algebra;

/**
 * A tile whose bytes no accumulator can have written; the message says where, from the tile's start, and what. Where bytes that nobody verified are read, from
 * the start of their buffer.
 */
public final class CorruptStateException extends RuntimeException {
    private final int offset;
    private final String what;

    /** @param offset of what is wrong, from the tile's start */
    public CorruptStateException(int offset, String what) {
        super("tile, offset " + offset + ": " + what);
        this.offset = offset;
        this.what = what;
    }

    /** The same about the tile around this one, which has it at {@code at}. */
    CorruptStateException inTileAround(int at) {
        return new CorruptStateException(at + offset, what);
    }

    /** Of what is wrong, from the tile's start. */
    public int offset() {
        return offset;
    }
}
