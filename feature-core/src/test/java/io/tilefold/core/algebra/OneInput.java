package io.tilefold.core.algebra;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ObjectSink;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueSink;
import io.tilefold.core.value.ValueType;
import io.tilefold.testsupport.ModelEvent;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** Tiles with one state of one operation over one column. */
final class OneInput {
    private final ValueType output;
    private final TileLayout layout;
    private final ModelRows rows;

    OneInput(Operation operation, ValueType type, OperationArgs args, boolean mutable) {
        this.output = operation.outputType(type, args);
        this.layout = new TileLayout(operation.accumulator(type, args, mutable));
        this.rows = new ModelRows(Schema.of(new Field("input", type)));
    }

    /** What a sink was given. */
    record Finished(@Nullable Object value, boolean isStale, boolean isOverLimit) {}

    FlatRow row(Object value) {
        return rows.row(new ModelEvent(0, Map.of("input", value)));
    }

    TileBuffer empty() {
        return new TileBuffer(layout);
    }

    TileBuffer tile(List<?> values) {
        TileBuffer tile = empty();
        values.forEach(value -> tile.update(row(value), 0));
        return tile;
    }

    TileBuffer tile(Object... values) {
        return tile(List.of(values));
    }

    /** The inputs in tiles of random sizes, some written and read again, merged in a random tree. */
    TileBuffer tree(List<?> values, SplittableRandom random) {
        List<TileBuffer> tiles = new ArrayList<>(List.of(empty()));
        int from = 0;
        while (from < values.size()) {
            int to = Math.min(values.size(), from + 1 + random.nextInt(1 + values.size() / 3));
            TileBuffer tile = tile(values.subList(from, to));
            tiles.add(random.nextBoolean() ? tile : empty().load(new UnsafeBuffer(bytes(tile)), 0));
            from = to;
        }
        while (tiles.size() > 1) {
            TileBuffer a = tiles.remove(random.nextInt(tiles.size()));
            TileBuffer b = tiles.remove(random.nextInt(tiles.size()));
            a.merge(b);
            tiles.add(a);
        }
        return tiles.get(0);
    }

    byte[] bytes(TileBuffer tile) {
        byte[] bytes = new byte[tile.compactLength()];
        Arrays.fill(bytes, (byte) 0x5A);
        tile.writeTo(new UnsafeBuffer(bytes), 0);
        return bytes;
    }

    @Nullable Object value(TileBuffer tile) {
        return finish(tile).value();
    }

    /** The value of a state that has one. */
    Object present(TileBuffer tile) {
        return Objects.requireNonNull(value(tile));
    }

    Finished finish(TileBuffer tile) {
        return finish(tile, output);
    }

    static Finished finish(TileBuffer tile, ValueType output) {
        return finish(tile::finish, output);
    }

    /** @param given gives one value to a sink */
    static Finished finish(Consumer<ValueSink> given, ValueType output) {
        ObjectSink values = new ObjectSink().next(output);
        List<String> calls = new ArrayList<>();
        given.accept((ValueSink) Proxy.newProxyInstance(
                ValueSink.class.getClassLoader(), new Class<?>[] {ValueSink.class}, (proxy, method, arguments) -> {
                    calls.add(method.getName());
                    return method.invoke(values, arguments);
                }));
        return new Finished(values.values().get(0), calls.contains("stale"), calls.contains("stateLimit"));
    }
}
