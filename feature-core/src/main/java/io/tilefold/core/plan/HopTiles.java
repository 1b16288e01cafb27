package io.tilefold.core.plan;

import io.tilefold.core.algebra.TileBuffer;
import io.tilefold.core.algebra.TileLayout;
import io.tilefold.core.time.Hop;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The non-empty tiles of one hop size of one key, ascending. Tiles that no window reaches any more are used again: memory is that of the longest
 * window's hops. Confined to one thread.
 */
final class HopTiles {
    private final Hop hop;
    private final TileLayout layout;
    private int[] indexes = new int[16];
    private @Nullable TileBuffer[] tiles = new TileBuffer[16];
    private int size;

    HopTiles(Hop hop, TileLayout layout) {
        this.hop = hop;
        this.layout = layout;
    }

    Hop hop() {
        return hop;
    }

    int size() {
        return size;
    }

    /** Tiles that there is room for. */
    int capacity() {
        return tiles.length;
    }

    int index(int position) {
        return indexes[position];
    }

    TileBuffer tile(int position) {
        TileBuffer tile = tiles[position];
        if (tile == null) {
            throw new IndexOutOfBoundsException(position);
        }
        return tile;
    }

    /** Position of the first tile at or after a hop. */
    int position(int index) {
        if (size == 0 || index > indexes[size - 1]) {
            return size;
        }
        int found = Arrays.binarySearch(indexes, 0, size, index);
        return found < 0 ? -found - 1 : found;
    }

    /** The hop's tile, made when missing. */
    TileBuffer at(int index) {
        if (size > 0 && indexes[size - 1] == index) {
            return tile(size - 1);
        }
        int position = position(index);
        return position < size && indexes[position] == index ? tile(position) : insert(position, index);
    }

    private TileBuffer insert(int position, int index) {
        if (size == indexes.length) {
            indexes = Arrays.copyOf(indexes, 2 * size);
            tiles = Arrays.copyOf(tiles, 2 * size);
        }
        TileBuffer spare = tiles[size];
        System.arraycopy(indexes, position, indexes, position + 1, size - position);
        System.arraycopy(tiles, position, tiles, position + 1, size - position);
        TileBuffer tile = spare == null ? new TileBuffer(layout) : spare.reset();
        indexes[position] = index;
        tiles[position] = tile;
        size++;
        return tile;
    }

    /** True if the next tile needs more memory: the time to {@link #dropBefore}. */
    boolean isFull() {
        return size == indexes.length;
    }

    /** Drops the tiles before a hop; their memory is used for tiles to come. */
    void dropBefore(int index) {
        int dropped = position(index);
        if (dropped == 0) {
            return;
        }
        TileBuffer[] free = new TileBuffer[dropped];
        System.arraycopy(tiles, 0, free, 0, dropped);
        size -= dropped;
        System.arraycopy(indexes, dropped, indexes, 0, size);
        System.arraycopy(tiles, dropped, tiles, 0, size);
        System.arraycopy(free, 0, tiles, size, dropped);
    }

    void clear() {
        size = 0;
    }
}
