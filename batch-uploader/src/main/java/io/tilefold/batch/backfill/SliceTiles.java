package io.tilefold.batch.backfill;

import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.plan.KeyTiles;
import io.tilefold.core.plan.KeyTiles.Scope;
import io.tilefold.core.value.FlatRow;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** A task's part of the tiles that slices of heavy keys take over from the slices before them. Memory: the tiles of the task's rows. */
final class SliceTiles {
    private final GroupByPlan plan;
    private final HeavyKeys heavy;
    private final Map<Slice, KeyTiles> tiles = new HashMap<>();
    private final FlatRow row = new FlatRow();
    private final UnsafeBuffer rowBytes = new UnsafeBuffer(0, 0);
    private final ExpandableArrayBuffer compact = new ExpandableArrayBuffer(256);

    /** Takes the tiles, each as a row of the pass. */
    @FunctionalInterface
    interface Visitor {
        void tile(long place, byte[] key, long fromMs, int code, int index, byte[] bytes);
    }

    private record Slice(ByteBuffer key, long hash, int slice) {}

    SliceTiles(GroupByPlan plan, HeavyKeys heavy) {
        this.plan = plan;
        this.heavy = heavy;
    }

    /** Takes a row of a heavy key that counts from a moment on. */
    void add(byte[] key, long hash, long fromMs, long timeMs, byte[] bytes) {
        int slice = heavy.slice(fromMs);
        if (slice + 1 == heavy.slices()) {
            return;
        }
        rowBytes.wrap(bytes);
        row.wrap(rowBytes, 0, bytes.length, plan.row().size());
        tiles.computeIfAbsent(new Slice(ByteBuffer.wrap(key), hash, slice), this::start)
                .apply(row, timeMs, false, Scope.ALL);
    }

    private KeyTiles start(Slice slice) {
        KeyTiles ofSlice = new KeyTiles(plan);
        ofSlice.start(heavy.startMs(slice.slice() + 1));
        return ofSlice;
    }

    void forEach(Visitor visitor) {
        tiles.forEach((from, ofSlice) -> {
            for (int slice = from.slice() + 1; slice < heavy.slices(); slice++) {
                long startMs = heavy.startMs(slice);
                long place = heavy.place(from.hash(), slice);
                ofSlice.forEach(startMs, (code, index, tile) -> {
                    byte[] bytes = new byte[tile.writeTo(compact, 0)];
                    compact.getBytes(0, bytes);
                    visitor.tile(place, from.key().array(), startMs - 1, code, index, bytes);
                });
            }
        });
    }
}
