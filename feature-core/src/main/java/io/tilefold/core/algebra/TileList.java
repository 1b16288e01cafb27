package io.tilefold.core.algebra;

import java.util.Arrays;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Tiles of one layout that lie in one memory, to be merged together: {@link TileBuffer#merge(TileList)}. Reused without allocation once grown;
 * confined to one thread.
 */
public final class TileList {
    private final UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
    private int[] tiles = new int[64];
    private int size;

    /** Becomes the empty list of tiles in this memory, which is read until the list is merged. */
    public TileList wrap(DirectBuffer memory) {
        buffer.wrap(memory);
        size = 0;
        return this;
    }

    /** Adds the tile at this offset. */
    public void add(int tile) {
        if (size == tiles.length) {
            tiles = Arrays.copyOf(tiles, 2 * size);
        }
        tiles[size++] = tile;
    }

    public int size() {
        return size;
    }

    UnsafeBuffer buffer() {
        return buffer;
    }

    int tile(int index) {
        return tiles[index];
    }
}
