package io.tilefold.core.algebra;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.Seeds;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class ApproxUniqueCountTest {
    private static final ApproxUniqueCount OPERATION = new ApproxUniqueCount();

    private static OneInput of(Scalar type, int k) {
        return new OneInput(OPERATION, type, OperationArgs.k(k), false);
    }

    @Test
    void equalInputsGiveEqualBytesInAnyOrderAndGrouping() {
        Seeds.forEach(100, random -> {
            int k = 4 + random.nextInt(7);
            OneInput subject = of(Scalar.LONG, k);
            List<Object> inputs = new ArrayList<>();
            for (double i = Math.pow(2, random.nextDouble(13)); i > 0; i--) {
                inputs.add(random.nextLong());
                if (random.nextInt(3) == 0) {
                    inputs.add(inputs.get(random.nextInt(inputs.size())));
                }
            }
            byte[] inOrder = subject.bytes(subject.tile(inputs));
            Collections.shuffle(inputs, new Random(random.nextLong()));
            assertThat(subject.bytes(subject.tree(inputs, random))).isEqualTo(inOrder);
        });
    }

    @Test
    void fewDistinctInputsAreCountedAsTheyAre() {
        OneInput subject = of(Scalar.STRING, 12);
        assertThat(subject.value(subject.empty())).isNull();
        assertThat(subject.value(subject.tile(""))).isEqualTo(1L);
        assertThat(subject.value(subject.tile("", "a", "a\0", "", "a\0\0"))).isEqualTo(4L);
        OneInput doubles = of(Scalar.DOUBLE, 12);
        assertThat(doubles.value(doubles.tile(0.0, -0.0, 1.0, 1.0, 2.5))).isEqualTo(3L);
    }

    @Test
    void noSketchIsLargerThanABlob() {
        OneInput subject = of(Scalar.LONG, 20);
        TileBuffer tile = subject.empty();
        for (long i = 0; i < 1 << 22; i++) {
            tile.update(subject.row(i), 0);
        }
        assertThat(tile.compactLength()).isBetween(500_000, TileLayout.DEFAULT_BLOB_BOUND);
        assertThat((Long) subject.present(tile) / (double) (1 << 22)).isBetween(0.995, 1.005);
        assertThat(OPERATION.problemWith(OperationArgs.k(21))).isPresent();
        assertThat(OPERATION.problemWith(OperationArgs.k(3))).isPresent();
        assertThat(OPERATION.problemWith(OperationArgs.NONE)).isEmpty();
    }

    /** After a run of events the tile's bytes are those of the whole run, whoever asks for them. */
    @Test
    void bytesAreUpToDateWhereverTheyAreRead() {
        OneInput subject = of(Scalar.LONG, 8);
        TileBuffer tile = subject.tile(1L, 2L, 3L);
        byte[] three = subject.bytes(tile);
        tile.update(subject.row(4L), 0);
        assertThat(subject.bytes(subject.empty().load(tile))).isNotEqualTo(three);
        tile.update(subject.row(5L), 0);
        TileBuffer merged = subject.tile(6L);
        merged.merge(tile);
        assertThat(subject.value(merged)).isEqualTo(6L);
        tile.update(subject.row(7L), 0);
        assertThat(subject.value(tile)).isEqualTo(6L);
        assertThat(subject.value(tile.load(new UnsafeBuffer(three), 0))).isEqualTo(3L);
        tile.update(subject.row(8L), 0);
        assertThat(subject.value(tile)).isEqualTo(4L);
        assertThat(subject.value(tile.reset())).isNull();
    }
}
