package io.tilefold.core.algebra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.algebra.StateKinds.Kind;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.ModelChange;
import io.tilefold.testsupport.Seeds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Bytes that were a tile: what {@link TileLayout#verify} accepts is finished and merged without an exception and without a read outside the tile
 * (it ends where its buffer does); everything else is a {@link CorruptStateException}. Bytes nobody verified end in a value or an exception: one that did not end would
 * be ended by the build itself.
 */
class CorruptTileTest {
    record Subject(Kind kind, boolean mutable) {
        TileLayout layout() {
            return kind.layout(mutable);
        }
    }

    static Stream<Subject> subjects() {
        return StateKinds.all(OptionalInt.empty()).stream()
                .flatMap(kind -> Stream.of(new Subject(kind, false), new Subject(kind, true)));
    }

    @ParameterizedTest
    @MethodSource("subjects")
    void whatIsVerifiedIsSafe(Subject subject) {
        TileLayout layout = subject.layout();
        Seeds.forEach(60, random -> {
            byte[] tile = tile(subject, layout, random);
            assertThat(layout.verify(new UnsafeBuffer(tile), 0, tile.length)).isEqualTo(tile.length);
            for (int i = 0; i < 8; i++) {
                byte[] mutated = mutate(tile, random);
                if (isAccepted(layout, mutated)) {
                    use(subject, layout, tile, mutated);
                }
            }
        });
    }

    @ParameterizedTest
    @MethodSource("subjects")
    void whatIsNotVerifiedEnds(Subject subject) {
        TileLayout layout = subject.layout();
        Seeds.forEach(15, random -> {
            byte[] tile = tile(subject, layout, random);
            for (int i = 0; i < 4; i++) {
                byte[] mutated = mutate(tile, random);
                if (mutated.length >= layout.fixedEnd()) {
                    useUnverified(subject, layout, tile, mutated);
                }
            }
        });
    }

    private static boolean isAccepted(TileLayout layout, byte[] bytes) {
        try {
            return layout.verify(new UnsafeBuffer(bytes), 0, bytes.length) <= bytes.length;
        } catch (CorruptStateException e) {
            assertThat(e.offset()).isBetween(0, Math.max(bytes.length, layout.fixedEnd()));
            return false;
        }
    }

    /** Both ways round, and twice: what it leads to is a tile again. */
    private static void use(Subject subject, TileLayout layout, byte[] tile, byte[] mutated) {
        TileBuffer loaded = new TileBuffer(layout).load(new UnsafeBuffer(mutated), 0);
        OneInput.finish(loaded, subject.kind().outputType());
        loaded.merge(new UnsafeBuffer(tile), 0);
        TileBuffer other = new TileBuffer(layout).load(new UnsafeBuffer(tile), 0);
        other.merge(new UnsafeBuffer(mutated), 0);
        OneInput.finish(loaded, subject.kind().outputType());
        OneInput.finish(other, subject.kind().outputType());
    }

    private static void useUnverified(Subject subject, TileLayout layout, byte[] tile, byte[] mutated) {
        try {
            use(subject, layout, tile, mutated);
        } catch (RuntimeException expected) {
            // it ended, and in no Error
        }
    }

    private static byte[] tile(Subject subject, TileLayout layout, SplittableRandom random) {
        List<ModelChange> changes = new ArrayList<>();
        for (int i = random.nextInt(12); i >= 0; i--) {
            changes.add(ModelChange.take(StateKinds.event(random, 8, 3, 2)));
            if (subject.mutable() && random.nextInt(3) == 0) {
                changes.add(ModelChange.takeBack(StateKinds.event(random, 8, 3, 2)));
            }
        }
        return StateKinds.bytes(StateKinds.tile(layout, changes, random));
    }

    private static byte[] mutate(byte[] tile, SplittableRandom random) {
        byte[] bytes = tile.clone();
        UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        for (int i = random.nextInt(3); i >= 0; i--) {
            int word = random.nextInt(bytes.length / 8) * 8;
            switch (random.nextInt(6)) {
                case 0 -> bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                case 1 -> buffer.putInt(word, random.nextInt(-2, 300));
                case 2 -> buffer.putInt(word + 4, random.nextInt(-2, 300));
                case 3 -> buffer.putLong(word, random.nextLong());
                case 4 -> buffer.putLong(word, 0);
                default -> {
                    return Arrays.copyOf(bytes, random.nextInt(bytes.length));
                }
            }
        }
        return bytes;
    }

    @Test
    void saysWhereAndWhat() {
        TileLayout layout = new TileLayout(
                Operations.find("unique_count").orElseThrow().accumulator(Scalar.STRING, OperationArgs.NONE, false));
        TileBuffer tile = new TileBuffer(layout);
        UnsafeBuffer bytes = new UnsafeBuffer(StateKinds.bytes(tile));
        bytes.putLong(layout.offset(0) + 8, 5);
        assertThatThrownBy(() -> layout.verify(bytes, 0, bytes.capacity()))
                .isInstanceOf(CorruptStateException.class)
                .hasMessage("tile, offset 16: number of elements that are not there");
    }
}
