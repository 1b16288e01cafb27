package io.tilefold.core.algebra;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.value.FlatRow;
import io.tilefold.testsupport.ModelChange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;

/** The ways by which changes become one tile: in order in one, or split into many, on the heap, beside it or mapped, merged in any tree. */
final class LawTiles {
    private static final int MAPPED_LENGTH = 1 << 22;

    private final TileLayout layout;
    private final ModelRows rows;
    private final SplittableRandom random;
    private final UnsafeBuffer mapped;
    private int mappedEnd;

    LawTiles(LawSubject subject, SplittableRandom random) {
        this.layout = subject.layout();
        this.rows = new ModelRows(subject.row());
        this.random = random;
        this.mapped = MAPPED.get();
    }

    /** One mapping for all: a file per tile would be the cost of the test. */
    private static final ThreadLocal<UnsafeBuffer> MAPPED = ThreadLocal.withInitial(LawTiles::map);

    private static UnsafeBuffer map() {
        try {
            Path file = Files.createTempFile("law-tiles", null);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                return new UnsafeBuffer(channel.map(FileChannel.MapMode.READ_WRITE, 0, MAPPED_LENGTH));
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    TileBuffer inOrder(List<ModelChange> changes) {
        TileBuffer tile = new TileBuffer(layout);
        changes.forEach(change -> apply(change, tile));
        return tile;
    }

    TileBuffer apply(ModelChange change, TileBuffer tile) {
        FlatRow row = rows.row(change.event());
        if (change.takenBack()) {
            tile.takeBack(row, change.event().timeMs());
        } else {
            tile.update(row, change.event().timeMs());
        }
        return tile;
    }

    /** Splits the changes, in any order, into random tiles and merges them in a random tree. */
    TileBuffer anyTree(List<ModelChange> changes) {
        List<ModelChange> shuffled = new ArrayList<>(changes);
        Collections.shuffle(shuffled, new Random(random.nextLong()));
        List<UnsafeBuffer> tiles = new ArrayList<>();
        TileBuffer current = new TileBuffer(layout);
        for (ModelChange change : shuffled) {
            apply(change, current);
            if (random.nextInt(4) == 0) {
                tiles.add(stored(current));
                current.reset();
            }
        }
        tiles.add(stored(current));
        while (tiles.size() > 1) {
            TileBuffer merged = new TileBuffer(layout);
            if (random.nextBoolean()) {
                merged.load(tiles.remove(random.nextInt(tiles.size())), 0);
            }
            merge(merged, take(tiles, random.nextInt(2, 5)), random.nextBoolean());
            tiles.add(stored(merged));
        }
        return new TileBuffer(layout).load(tiles.get(0), 0);
    }

    private List<UnsafeBuffer> take(List<UnsafeBuffer> tiles, int count) {
        List<UnsafeBuffer> taken = new ArrayList<>();
        while (taken.size() < count && !tiles.isEmpty()) {
            taken.add(tiles.remove(random.nextInt(tiles.size())));
        }
        return taken;
    }

    /** Merges tiles one by one, or all together as the store does; what is merged stays as it is. */
    private static void merge(TileBuffer into, List<UnsafeBuffer> tiles, boolean together) {
        UnsafeBuffer memory = new UnsafeBuffer(
                new byte[tiles.stream().mapToInt(UnsafeBuffer::capacity).sum()]);
        TileList list = new TileList().wrap(memory);
        int at = 0;
        for (UnsafeBuffer tile : tiles) {
            memory.putBytes(at, tile, 0, tile.capacity());
            list.add(at);
            if (!together) {
                into.merge(tile, 0);
            }
            at += tile.capacity();
        }
        if (together) {
            into.merge(list);
        }
        at = 0;
        for (UnsafeBuffer tile : tiles) {
            assertThat(new UnsafeBuffer(memory, at, tile.capacity()))
                    .as("a merge's source")
                    .isEqualTo(tile);
            at += tile.capacity();
        }
    }

    private UnsafeBuffer stored(TileBuffer tile) {
        int length = tile.compactLength();
        UnsafeBuffer memory = switch (random.nextInt(3)) {
            case 0 -> new UnsafeBuffer(new byte[length]);
            case 1 -> new UnsafeBuffer(ByteBuffer.allocateDirect(length));
            default -> nextMapped(length);
        };
        assertThat(tile.writeTo(memory, 0)).isEqualTo(length);
        return memory;
    }

    private UnsafeBuffer nextMapped(int length) {
        UnsafeBuffer memory = new UnsafeBuffer(mapped, mappedEnd, length);
        mappedEnd += length;
        return memory;
    }

    /** The compact tile, written over bytes that were anything. */
    static byte[] bytes(TileBuffer tile) {
        byte[] bytes = new byte[tile.compactLength()];
        Arrays.fill(bytes, (byte) 0x5A);
        tile.writeTo(new UnsafeBuffer(bytes), 0);
        return bytes;
    }
}
