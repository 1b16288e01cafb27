package io.tilefold.core.algebra;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.Seeds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ApproxPercentileTest {
    private static final ApproxPercentile OPERATION = new ApproxPercentile();
    private static final List<Double> HUNDREDTHS =
            IntStream.rangeClosed(0, 100).mapToObj(i -> i / 100.0).toList();

    private static OperationArgs args(OptionalInt k, Double... percentiles) {
        return new OperationArgs(k, List.of(percentiles), OptionalInt.empty());
    }

    private static OneInput of(Scalar type, List<Double> percentiles) {
        return new OneInput(
                OPERATION, type, new OperationArgs(OptionalInt.empty(), percentiles, OptionalInt.empty()), false);
    }

    @Test
    void exactUpToKInputsForEveryPercentile() {
        Seeds.forEach(60, random -> {
            OneInput subject = of(Scalar.DOUBLE, HUNDREDTHS);
            int n = 1 + random.nextInt(128);
            List<Double> inputs = DoubleStream.generate(() -> random.nextGaussian() * 1e3)
                    .limit(n)
                    .boxed()
                    .toList();
            List<Object> expected = new ArrayList<>();
            double[] sorted =
                    inputs.stream().mapToDouble(Double::doubleValue).sorted().toArray();
            for (double p : HUNDREDTHS) {
                expected.add((double) (float) sorted[(int) Math.min(Math.floor(p * n), n - 1)]);
            }
            assertThat(subject.value(subject.tile(inputs))).isEqualTo(expected);
            assertThat(subject.value(subject.tree(inputs, random))).isEqualTo(expected);
        });
    }

    @Test
    void inTheOrderAsked() {
        OneInput subject = of(Scalar.INT, List.of(1.0, 0.0, 0.5, 0.5));
        assertThat(subject.value(subject.tile(3L, 1L, 2L))).isEqualTo(List.of(3.0, 1.0, 2.0, 2.0));
        assertThat(subject.value(subject.tile(7L))).isEqualTo(List.of(7.0, 7.0, 7.0, 7.0));
        assertThat(subject.value(subject.empty())).isNull();
    }

    @Test
    void beyondFloatsThereIsNoValue() {
        OneInput subject = of(Scalar.DOUBLE, List.of(0.0, 0.5, 1.0));
        List<@Nullable Object> expected = Arrays.asList(null, 0.0, null);
        assertThat(subject.value(subject.tile(1e300, -1e-300, -1e300))).isEqualTo(expected);
    }

    @Test
    void arguments() {
        assertThat(OPERATION.problemWith(OperationArgs.NONE).orElseThrow()).startsWith("percentiles are missing");
        assertThat(OPERATION.problemWith(args(OptionalInt.empty(), 0.5, 1.5)))
                .contains("percentile 1.5 is not from 0 to 1");
        assertThat(OPERATION.problemWith(args(OptionalInt.empty(), Double.NaN))).isPresent();
        assertThat(OPERATION.problemWith(args(OptionalInt.of(7), 0.5))).isPresent();
        assertThat(OPERATION.problemWith(args(OptionalInt.of(8), 0.0, 1.0))).isEmpty();
    }
}
