package io.tilefold.core.algebra;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.algebra.StateKinds.Kind;
import io.tilefold.testsupport.ModelChange;
import io.tilefold.testsupport.Seeds;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** States at their bounds: whether one is OVERFLOW is a matter of its inputs alone, and it stays so. */
class OverflowTest {
    private static final OptionalInt BOUND = OptionalInt.of(TileLayout.LEAST_BLOB_BOUND);

    static Stream<Kind> kinds() {
        return StateKinds.all(BOUND).stream()
                .filter(kind -> kind.isExact() && !kind.layout(false).isFixed());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void doesNotDependOnOrder(Kind kind) {
        BitSet seen = new BitSet();
        TileLayout layout = kind.layout(false);
        Seeds.forEach(60, random -> {
            int values = 2 + random.nextInt(80);
            int longest = 1 + random.nextInt(300);
            List<ModelChange> changes = new ArrayList<>();
            for (int i = 1 + random.nextInt(80); i > 0; i--) {
                changes.add(ModelChange.take(StateKinds.event(random, values, longest)));
            }
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

    private static void checkOverflow(Kind kind, TileLayout layout, TileBuffer tile, byte[] bytes) {
        int flags = new UnsafeBuffer(bytes).getInt(TileLayout.FLAGS_OFFSET);
        assertThat(flags).isEqualTo(tile.hasOverflow() ? TileLayout.OVERFLOW_FLAG : 0);
        OneInput.Finished value = OneInput.finish(tile, kind.outputType());
        assertThat(value.isOverLimit()).isEqualTo(tile.hasOverflow());
        if (tile.hasOverflow()) {
            assertThat(value.value()).isNull();
            TileBuffer identity = new TileBuffer(layout);
            identity.merge(tile);
            identity.merge(new TileBuffer(layout));
            assertThat(StateKinds.bytes(identity)).isEqualTo(bytes);
        }
    }
}
