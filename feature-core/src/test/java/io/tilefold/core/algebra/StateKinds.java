package io.tilefold.core.algebra;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.ModelChange;
import io.tilefold.testsupport.ModelEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Every kind of state there is: each registered operation over each kind of column it takes, plain, by bucket and element-wise; with rows for
 * them, and tiles of the same events in any order.
 */
final class StateKinds {
    static final Schema ROW = Schema.of(
            new Field("number", Scalar.LONG),
            new Field("real", Scalar.DOUBLE),
            new Field("text", Scalar.STRING),
            new Field("numbers", new ListType(Scalar.LONG)),
            new Field("texts", new ListType(Scalar.STRING)),
            new Field("entries", new MapType(Scalar.STRING)),
            new Field("bucket", Scalar.STRING));

    private StateKinds() {}

    record Kind(
            Operation operation, String column, @Nullable String bucket, boolean elementWise, OperationArgs args) {
        ValueType columnType() {
            return ROW.field(ROW.indexOf(column)).type();
        }

        InputForm form() {
            return InputForm.of(operation, columnType(), elementWise);
        }

        boolean isExact() {
            return operation.isExact(form().inputType(columnType()));
        }

        /** A state of its own for each bucket, key or index. */
        boolean isKeyed() {
            return bucket != null || form() == InputForm.ENTRIES || form() == InputForm.INDEXES;
        }

        /** The operation takes the column's values as they are: the state is no other column's too. */
        boolean isItsOwn() {
            return form() == InputForm.PLAIN || form() == InputForm.WHOLE;
        }

        ValueType outputType() {
            ValueType value = form().outputType(operation.outputType(form().inputType(columnType()), args));
            return bucket == null ? value : new MapType(value);
        }

        TileLayout layout(boolean mutable) {
            Accumulator state =
                    form().accumulator(operation.accumulator(form().inputType(columnType()), args, mutable), args);
            if (bucket != null) {
                state = Operations.bucketed(state, ROW.indexOf(bucket), args);
            }
            return new TileLayout(List.of(state), List.of(ROW.indexOf(column)));
        }

        @Override
        public String toString() {
            return operation.name() + "-" + column + (bucket == null ? "" : "-by-bucket")
                    + (elementWise ? "-by-index" : "");
        }
    }

    static List<Kind> all(OptionalInt maxStateBytes) {
        List<Kind> kinds = new ArrayList<>();
        for (Operation operation : Operations.all()) {
            OperationArgs args = args(operation, maxStateBytes);
            for (String column : List.of("number", "real", "text", "numbers", "texts", "entries")) {
                ValueType type = ROW.field(ROW.indexOf(column)).type();
                if (operation.accepts(InputForm.of(operation, type, false).inputType(type))) {
                    kinds.add(new Kind(operation, column, null, false, args));
                    if (!(type instanceof MapType)) {
                        kinds.add(new Kind(operation, column, "bucket", false, args));
                    }
                    if (InputForm.isElementWise(operation, type)) {
                        kinds.add(new Kind(operation, column, null, true, args));
                    }
                }
            }
        }
        return kinds;
    }

    /** The first arguments that the operation takes. */
    private static OperationArgs args(Operation operation, OptionalInt maxStateBytes) {
        return Stream.of(OptionalInt.of(3), OptionalInt.of(8), OptionalInt.empty())
                .flatMap(k -> Stream.of(
                        new OperationArgs(k, List.of(), maxStateBytes),
                        new OperationArgs(k, List.of(0.5), maxStateBytes)))
                .filter(args -> operation.problemWith(args).isEmpty())
                .findFirst()
                .orElseThrow(() -> new AssertionError(operation.name()));
    }

    /**
     * An event with a value, or none, in every column.
     *
     * @param values how many different ones
     * @param longest how often a text is repeated at most
     * @param widest elements of a list at most
     */
    static ModelEvent event(SplittableRandom random, int values, int longest, int widest) {
        Map<String, @Nullable Object> columns = new LinkedHashMap<>();
        columns.put("number", number(random, values));
        columns.put("real", random.nextInt(9) == 0 ? Double.NaN : (random.nextInt(values) - 3) * 1.25);
        columns.put("text", text(random, values, longest));
        columns.put("numbers", list(random, widest, () -> number(random, values)));
        columns.put("texts", list(random, widest, () -> text(random, values, longest)));
        columns.put("bucket", text(random, values, longest));
        Map<String, @Nullable Object> entries = new LinkedHashMap<>();
        entries.put("k" + random.nextInt(values), text(random, values, longest));
        columns.put("entries", entries);
        return new ModelEvent(random.nextLong(-4, 4), columns);
    }

    private static List<@Nullable Object> list(
            SplittableRandom random, int widest, Supplier<@Nullable Object> element) {
        List<@Nullable Object> list = new ArrayList<>();
        for (int i = random.nextInt(widest + 1); i > 0; i--) {
            list.add(element.get());
        }
        return list;
    }

    private static @Nullable Long number(SplittableRandom random, int values) {
        return switch (random.nextInt(9)) {
            case 0 -> null;
            case 1 -> random.nextBoolean() ? Long.MIN_VALUE : Long.MAX_VALUE;
            default -> random.nextInt(values) - 3L;
        };
    }

    private static @Nullable String text(SplittableRandom random, int values, int longest) {
        return random.nextInt(9) == 0
                ? null
                : Integer.toString(random.nextInt(values)).repeat(1 + random.nextInt(longest));
    }

    /** Applies the changes in a random order to random tiles, which are merged in a random tree, some of them read from memory. */
    static TileBuffer tile(TileLayout layout, List<ModelChange> changes, SplittableRandom random) {
        List<ModelChange> shuffled = new ArrayList<>(changes);
        Collections.shuffle(shuffled, new Random(random.nextLong()));
        List<TileBuffer> tiles = new ArrayList<>(List.of(new TileBuffer(layout)));
        for (ModelChange change : shuffled) {
            apply(tiles.get(tiles.size() - 1), change);
            if (random.nextInt(4) == 0) {
                tiles.add(new TileBuffer(layout));
            }
        }
        while (tiles.size() > 1) {
            TileBuffer a = tiles.remove(random.nextInt(tiles.size()));
            TileBuffer b = tiles.remove(random.nextInt(tiles.size()));
            if (random.nextBoolean()) {
                a.merge(b);
            } else {
                a.merge(new UnsafeBuffer(bytes(b)), 0);
            }
            tiles.add(a);
        }
        return tiles.get(0);
    }

    static void apply(TileBuffer tile, ModelChange change) {
        FlatRow row = new ModelRows(ROW).row(change.event());
        if (change.takenBack()) {
            tile.takeBack(row, change.event().timeMs());
        } else {
            tile.update(row, change.event().timeMs());
        }
    }

    static byte[] bytes(TileBuffer tile) {
        byte[] bytes = new byte[tile.compactLength()];
        Arrays.fill(bytes, (byte) 0x5A);
        tile.writeTo(new UnsafeBuffer(bytes), 0);
        return bytes;
    }
}
