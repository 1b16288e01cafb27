package io.tilefold.core.algebra;

import io.tilefold.core.GoldenHex;
import io.tilefold.core.algebra.StateKinds.Kind;
import io.tilefold.testsupport.ModelChange;
import io.tilefold.testsupport.ModelEvent;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The state of every registered operation, over each kind of input, as a tile of its own, against {@code golden/states}. A difference here is a new tile format
 * version: bump {@link TileLayout#FORMAT_VERSION}, say in docs/formats what an older reader would get wrong.
 */
class GoldenStatesTest {
    private static final ModelEvent FIRST = event(1_000, 5, 2.5, "b", "x");
    private static final ModelEvent SECOND = event(2_000, -3, -0.5, "a\u00e9", "y");
    private static final ModelEvent THIRD = event(2_000, 260, 2.5, "c", "x");

    private static ModelEvent event(long timeMs, long number, double real, String text, String bucket) {
        return new ModelEvent(
                timeMs,
                Map.of(
                        "number", number,
                        "real", real,
                        "text", text,
                        "numbers", Arrays.asList(number, null, 7L),
                        "texts", Arrays.asList(text, "t"),
                        "entries", Map.of(text, "v", "k", text),
                        "bucket", bucket));
    }

    static Stream<String> operations() {
        return Operations.all().stream().map(Operation::name);
    }

    @ParameterizedTest
    @MethodSource("operations")
    void ofAnOperation(String name) {
        check(name, kind -> kind.operation().name().equals(name) && !kind.isKeyed() && kind.isItsOwn());
    }

    /** States made of states: of fixed length, and with a blob. */
    @ParameterizedTest
    @ValueSource(strings = {"by-bucket", "by-key", "by-index"})
    void ofAForm(String form) {
        check(
                form,
                kind -> kind.isKeyed()
                        && List.of("count", "unique_count")
                                .contains(kind.operation().name())
                        && form.equals(kind.bucket() != null ? "by-bucket" : kind.elementWise() ? "by-index" : "by-key")
                        && List.of("text", "texts", "entries").contains(kind.column()));
    }

    private static void check(String file, Predicate<Kind> kinds) {
        StringBuilder text = new StringBuilder();
        StateKinds.all(OptionalInt.empty()).stream().filter(kinds).forEach(kind -> {
            text.append(section(kind.toString(), tile(kind, false)));
            text.append(section(kind + ", one event taken back", tile(kind, true)));
            if (!kind.layout(false).isFixed()) {
                TileBuffer beyond = tile(kind, false);
                beyond.overflow();
                text.append(section(kind + ", beyond its bound", beyond));
            }
        });
        GoldenHex.assertGolden("states/" + file, text.toString());
    }

    private static TileBuffer tile(Kind kind, boolean mutable) {
        TileBuffer tile = new TileBuffer(kind.layout(mutable));
        for (ModelEvent event : List.of(FIRST, SECOND, THIRD)) {
            StateKinds.apply(tile, ModelChange.take(event));
        }
        if (mutable) {
            StateKinds.apply(tile, ModelChange.takeBack(THIRD));
        }
        return tile;
    }

    private static String section(String title, TileBuffer tile) {
        byte[] bytes = StateKinds.bytes(tile);
        return "== " + title + "\n" + GoldenHex.dump(new UnsafeBuffer(bytes), bytes.length);
    }
}
