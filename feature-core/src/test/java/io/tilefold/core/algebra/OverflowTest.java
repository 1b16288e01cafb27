package io.tilefold.core.algebra;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.algebra.StateKinds.Kind;
import io.tilefold.testsupport.ModelChange;
import io.tilefold.testsupport.Seeds;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** States at their bounds: whether one is OVERFLOW is a matter of its inputs alone, and it stays so. */
class OverflowTest {
    private static final OptionalInt BOUND = OptionalInt.of(TileLayout.LEAST_BLOB_BOUND);

    static Stream<Kind> withBlobs() {
        return StateKinds.all(BOUND).stream().filter(kind -> !kind.layout(false).isFixed());
    }

    /** Those whose bytes are a function of their inputs, and which reach the bound. */
    static Stream<Kind> reachingTheBound() {
        return withBlobs()
                .filter(Kind::isExact)
                .filter(kind -> kind.isKeyed() || !kind.operation().name().equals("approx_unique_count"));
    }

    @ParameterizedTest
    @MethodSource("withBlobs")
    void absorbs(Kind kind) {
        for (boolean mutable : new boolean[] {false, true}) {
            TileLayout layout = kind.layout(mutable);
            Seeds.forEach(10, random -> {
                List<ModelChange> changes = changes(random, Shape.SMALL);
                TileBuffer before = new TileBuffer(layout);
                before.overflow();
                changes.forEach(change -> StateKinds.apply(before, change));
                TileBuffer after = StateKinds.tile(layout, changes, random);
                after.overflow();
                TileBuffer merged = StateKinds.tile(layout, changes, random);
                TileBuffer beyond = new TileBuffer(layout);
                beyond.overflow();
                merged.merge(beyond);
                beyond.merge(StateKinds.tile(layout, changes, random));
                byte[] expected = StateKinds.bytes(before);
                for (TileBuffer tile : List.of(after, merged, beyond)) {
                    assertThat(tile.hasOverflow()).isTrue();
                    assertThat(StateKinds.bytes(tile)).isEqualTo(expected);
                }
                checkOverflow(kind, layout, before, expected);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("reachingTheBound")
    void doesNotDependOnOrder(Kind kind) {
        BitSet seen = new BitSet();
        TileLayout layout = kind.layout(false);
        Seeds.forEach(24, random -> {
            List<ModelChange> changes = changes(random, Shape.values()[random.nextInt(4)]);
            TileBuffer tile = StateKinds.tile(layout, changes, random);
            byte[] expected = StateKinds.bytes(tile);
            for (int i = 0; i < 3; i++) {
                TileBuffer other = StateKinds.tile(layout, changes, random);
                assertThat(StateKinds.bytes(other)).isEqualTo(expected);
                assertThat(layout.verify(new UnsafeBuffer(expected), 0, expected.length))
                        .isEqualTo(expected.length);
            }
            seen.set(tile.hasOverflow() ? 1 : 0);
            checkOverflow(kind, layout, tile, expected);
        });
        assertThat(seen.cardinality()).as("both states at and beyond the bound").isEqualTo(2);
    }

    /** What goes beyond a bound of one state does not go beyond that of another. */
    private enum Shape {
        SMALL(12, 8, 3, 2),
        MANY(200, 1_000, 2, 2),
        LONG(6, 8, 1_200, 2),
        WIDE(6, 8, 2, 200);

        private final int events;
        private final int values;
        private final int longest;
        private final int widest;

        Shape(int events, int values, int longest, int widest) {
            this.events = events;
            this.values = values;
            this.longest = longest;
            this.widest = widest;
        }
    }

    private static List<ModelChange> changes(SplittableRandom random, Shape shape) {
        List<ModelChange> changes = new ArrayList<>();
        for (int i = shape.events / 2 + random.nextInt(shape.events); i > 0; i--) {
            changes.add(ModelChange.take(StateKinds.event(random, shape.values, shape.longest, shape.widest)));
        }
        return changes;
    }

    private static void checkOverflow(Kind kind, TileLayout layout, TileBuffer tile, byte[] bytes) {
        int flags = new UnsafeBuffer(bytes).getInt(TileLayout.FLAGS_OFFSET);
        assertThat(flags).isEqualTo(tile.hasOverflow() ? TileLayout.OVERFLOW_FLAG : 0);
        OneInput.Finished value = OneInput.finish(tile, kind.outputType());
        boolean hasInputs = new UnsafeBuffer(bytes).getLong(layout.offset(0) + Accumulator.COUNT_OFFSET) > 0;
        assertThat(value.isOverLimit()).isEqualTo(tile.hasOverflow() && hasInputs);
        if (tile.hasOverflow()) {
            assertThat(value.value()).isNull();
            TileBuffer identity = new TileBuffer(layout);
            identity.merge(tile);
            identity.merge(new TileBuffer(layout));
            assertThat(StateKinds.bytes(identity)).isEqualTo(bytes);
        }
    }
}
