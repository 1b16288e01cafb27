package io.tilefold.core.algebra;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.Seeds;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ApproxHistogramTest {
    private static final ApproxHistogram OPERATION = new ApproxHistogram();

    private static OneInput of(Scalar type, int k) {
        return new OneInput(OPERATION, type, OperationArgs.k(k), false);
    }

    @Test
    void exactUpToTwelveTimesKDistinctInputs() {
        Seeds.forEach(100, random -> {
            int k = 1 << random.nextInt(6);
            OneInput subject = of(Scalar.STRING, k);
            OneInput exact = new OneInput(new Histogram(), Scalar.STRING, OperationArgs.k(k), false);
            List<Object> inputs = new ArrayList<>();
            for (int i = random.nextInt(600); i >= 0; i--) {
                inputs.add("ключ " + random.nextInt(12 * k));
            }
            assertThat(subject.value(subject.tile(inputs))).isEqualTo(exact.value(exact.tile(inputs)));
            assertThat(subject.value(subject.tree(inputs, random))).isEqualTo(exact.value(exact.tile(inputs)));
        });
    }

    @Test
    void keysAreTextInTheOrderOfTheirBytes() {
        assertThat(shown(Scalar.BOOLEAN, true, false, true)).isEqualTo("{false=1, true=2}");
        assertThat(shown(Scalar.LONG, 10L, 9L, -1L, Long.MIN_VALUE))
                .isEqualTo("{-1=1, -9223372036854775808=1, 10=1, 9=1}");
        assertThat(shown(Scalar.DOUBLE, 0.1, 1e10, -0.0)).isEqualTo("{0.0=1, 0.1=1, 1.0E10=1}");
        assertThat(shown(Scalar.FLOAT, (double) 0.1f)).isEqualTo("{0.1=1}");
        assertThat(shown(Scalar.STRING, "", "\uD83D\uDE80", "\uFFFD", "ü"))
                .isEqualTo("{=1, ü=1, \uFFFD=1, \uD83D\uDE80=1}");
        assertThat(shown(Scalar.STRING)).isEqualTo("null");
    }

    private static String shown(Scalar type, Object... inputs) {
        OneInput subject = of(type, 8);
        return String.valueOf(subject.value(subject.tile(inputs)));
    }

    @Test
    void longStringsBeyondTheBoundHaveNoValueAndDoNotPileUp() {
        OneInput subject = of(Scalar.STRING, 1_000);
        TileBuffer tile = subject.empty();
        for (int i = 0; i < 40; i++) {
            tile.update(subject.row(i + "x".repeat(100_000)), 0);
        }
        assertThat(tile.isOverflow(tile.layout().blobReferences()[0])).isTrue();
        assertThat(subject.finish(tile)).isEqualTo(new OneInput.Finished(null, false, true));
    }
}
