package io.tilefold.core.algebra;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.algebra.StateKinds.Kind;
import io.tilefold.testsupport.Seeds;
import java.util.List;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Bytes that are no state do no harm where {@link Accumulator#mergesTorn} says so. */
class TornMergeTest {
    private static final int MERGES = 200;
    private static final int TILES = 9;

    static Stream<Kind> torn() {
        return StateKinds.all(OptionalInt.empty()).stream()
                .filter(kind -> kind.layout(false).mergesTorn());
    }

    @Test
    void statesWithoutBlobsOrCountsThatLeadDo() {
        assertThat(torn().map(kind -> kind.operation().name()).distinct())
                .containsExactlyInAnyOrder(
                        "count", "sum", "average", "variance", "skew", "kurtosis", "min", "max", "first", "last");
        assertThat(StateKinds.all(OptionalInt.empty()))
                .filteredOn(kind -> List.of("top_k", "bounded_unique_count", "unique_count", "histogram")
                        .contains(kind.operation().name()))
                .isNotEmpty()
                .noneMatch(kind -> kind.layout(false).mergesTorn());
    }

    /** Between two counts, which are then the sums of what lay in their places; the source ends with the last tile. */
    @ParameterizedTest
    @MethodSource("torn")
    void writesNothingButTheStateAndReadsNothingBehindTheTile(Kind kind) {
        TileLayout layout = betweenCounts(kind.layout(false).accumulator(0));
        Seeds.forEach(20, random -> {
            TileBuffer target = new TileBuffer(layout);
            long first = 0;
            long last = 0;
            for (int i = 0; i < MERGES; i++) {
                UnsafeBuffer source = bytes(random, TILES * layout.fixedEnd());
                int from = i == 0 ? 0 : random.nextInt(TILES);
                if (random.nextBoolean()) {
                    TileList tiles = new TileList().wrap(source);
                    for (int tile = from; tile < TILES; tile++) {
                        tiles.add(tile * layout.fixedEnd());
                    }
                    target.merge(tiles);
                } else {
                    for (int tile = from; tile < TILES; tile++) {
                        target.merge(source, tile * layout.fixedEnd());
                    }
                }
                for (int tile = from; tile < TILES; tile++) {
                    first += source.getLong(tile * layout.fixedEnd() + layout.offset(0), LITTLE_ENDIAN);
                    last += source.getLong(tile * layout.fixedEnd() + layout.offset(2), LITTLE_ENDIAN);
                }
                assertThat(target.encoded().getLong(layout.offset(0), LITTLE_ENDIAN))
                        .isEqualTo(first);
                assertThat(target.encoded().getLong(layout.offset(2), LITTLE_ENDIAN))
                        .isEqualTo(last);
            }
        });
    }

    private static TileLayout betweenCounts(Accumulator state) {
        return new TileLayout(List.of(new Count.State(false), state, new Count.State(false)), List.of(0, 0, 0));
    }

    /** Numbers of any size, many of them small, as a state's are, or as the bits of a double. */
    private static UnsafeBuffer bytes(SplittableRandom random, int length) {
        UnsafeBuffer buffer = new UnsafeBuffer(new byte[length]);
        for (int at = 0; at < length; at += Long.BYTES) {
            long bits = switch (random.nextInt(4)) {
                case 0 -> random.nextInt(-3, 4);
                case 1 -> Double.doubleToRawLongBits(random.nextDouble());
                case 2 -> random.nextLong() >> random.nextInt(Long.SIZE);
                default -> random.nextLong();
            };
            buffer.putLong(at, bits, LITTLE_ENDIAN);
        }
        return buffer;
    }
}
