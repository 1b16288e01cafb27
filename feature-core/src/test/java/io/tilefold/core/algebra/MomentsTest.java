package io.tilefold.core.algebra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.ObjectSink;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.Seeds;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Variance, skew and kurtosis beside published values, exact arithmetic, and the rules for few and equal inputs. */
class MomentsTest {
    private static final MathContext DIGITS = new MathContext(40);
    private static final TileLayout LAYOUT = layout(Scalar.DOUBLE, false);

    private static TileLayout layout(Scalar type, boolean mutable) {
        return new TileLayout(
                List.of(
                        new Variance().accumulator(type, OperationArgs.NONE, mutable),
                        new Skew().accumulator(type, OperationArgs.NONE, mutable),
                        new Kurtosis().accumulator(type, OperationArgs.NONE, mutable)),
                List.of(0, 0, 0));
    }

    /**
     * NIST Statistical Reference Datasets, univariate summary statistics, NumAcc1 to NumAcc4: defined by formula, certified mean and
     * standard deviation exact. Certified is the sample's deviation, over n − 1. (https://www.itl.nist.gov/div898/strd/univ/homepage.html)
     */
    @ParameterizedTest
    @CsvSource({
        "10000001, 10000003, 10000002, 3, 1.0",
        "1.2, 1.1, 1.3, 1001, 0.1",
        "1000000.2, 1000000.1, 1000000.3, 1001, 0.1",
        "10000000.2, 10000000.1, 10000000.3, 1001, 0.1"
    })
    void nistNumericalAccuracy(double first, double second, double third, int n, double deviation) {
        double[] inputs = IntStream.range(0, n)
                .mapToDouble(i -> i == 0 ? first : i % 2 == 1 ? second : third)
                .toArray();
        Seeds.forEach(10, random -> {
            double variance = (Double) values(tree(inputs, random)).get(0);
            // The decimal inputs are not doubles: they are off by up to 2^-54 of their size, which is the data's error,
            // not ours.
            double inputError = 4 * Math.ulp(first) / deviation;
            assertThat(Math.sqrt(variance * n / (n - 1.0)))
                    .isCloseTo(deviation, within(1e-14 + inputError * deviation));
            assertExact(inputs, values(tree(inputs, random)));
        });
    }

    /**
     * D. N. Joanes, C. A. Gill, <i>Comparing measures of sample skewness and kurtosis</i>, The Statistician 47 (1998) define g1 and g2 as here; the
     * Bernoulli distribution with p = 1/10 has skewness (1 − 2p)/√(pq) = 8/3 and excess kurtosis (1 − 6pq)/(pq) = 46/9, a fair die -1.2685714….
     */
    @Test
    void knownDistributions() {
        List<@Nullable Object> bernoulli = values(tile(new double[] {1, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
        assertThat((Double) bernoulli.get(0)).isCloseTo(0.09, within(1e-15));
        assertThat((Double) bernoulli.get(1)).isCloseTo(8.0 / 3, within(1e-14));
        assertThat((Double) bernoulli.get(2)).isCloseTo(46.0 / 9, within(1e-14));
        List<@Nullable Object> die = values(tile(new double[] {1, 2, 3, 4, 5, 6}));
        assertThat((Double) die.get(0)).isCloseTo(35.0 / 12, within(1e-15));
        assertThat((Double) die.get(1)).isCloseTo(0, within(1e-15));
        assertThat((Double) die.get(2)).isCloseTo(-222.0 / 175, within(1e-14));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.1, 1.0 / 3, 1e300, 4.9e-324, -7, 0, 123_456_789.123})
    void equalInputsHaveVarianceZeroHoweverTiled(double input) {
        Seeds.forEach(20, random -> {
            double[] inputs = new double[1 + random.nextInt(2_000)];
            Arrays.fill(inputs, input);
            assertThat(values(tree(inputs, random))).containsExactly(0.0, null, null);
        });
    }

    @Test
    void fewInputs() {
        assertThat(values(tile(new double[] {}))).containsExactly(null, null, null);
        assertThat(values(tile(new double[] {5}))).containsExactly(0.0, null, null);
        assertThat(values(tile(new double[] {5, 7}))).containsExactly(1.0, null, null);
        List<@Nullable Object> three = values(tile(new double[] {5, 7, 12}));
        assertThat(three.get(1)).isNotNull();
        assertThat(three.get(2)).isNull();
        assertThat(values(tile(new double[] {5, 7, 12, 13}))).doesNotContainNull();
    }

    @Test
    void withinABillionthUpToAMeanOfAThousandDeviationsInEveryUnit() {
        Seeds.forEach(40, random -> {
            double unit = Math.scalb(1.0, random.nextInt(-480, 480));
            double mean = (random.nextInt(2_001) - 1_000) * unit;
            double[] inputs = DoubleStream.generate(() -> mean + unit * skewed(random))
                    .limit(4 + random.nextInt(3_000))
                    .toArray();
            assertExact(inputs, values(tree(inputs, random)));
        });
    }

    @Test
    void aHugeInputAmongSmallOnes() {
        double[] inputs = {1e-300, 3, 1e300, -2e-5, 1e300};
        Seeds.forEach(20, random -> {
            List<@Nullable Object> values = values(tree(inputs, random));
            assertThat(values.get(0)).as("beyond doubles").isNull();
            assertThat((Double) values.get(1)).isCloseTo(1 / Math.sqrt(6), within(1e-12));
            assertThat((Double) values.get(2)).isCloseTo(-11.0 / 6, within(1e-12));
        });
    }

    @Test
    void theMeanOfManyInputsDoesNotDrift() {
        double[] inputs = new double[200_000];
        SplittableRandom random = new SplittableRandom(7);
        Arrays.setAll(inputs, i -> 1_000 + skewed(random));
        assertExact(inputs, values(tile(inputs)));
    }

    @Test
    void longsBeyondTheIntegersOfDoubles() {
        TileBuffer tile = new TileBuffer(layout(Scalar.LONG, false));
        long[] inputs = {Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE - 1, 5};
        for (long input : inputs) {
            tile.update(row(writer -> writer.putLong(0, input)), 0);
        }
        assertExact(Arrays.stream(inputs).asDoubleStream().toArray(), values(tile));
    }

    @Test
    void inputsTakenBackStayInTheMoments() {
        TileBuffer tile = new TileBuffer(layout(Scalar.DOUBLE, true));
        for (double input : new double[] {5, 7, 12, 13}) {
            tile.update(row(input), 0);
        }
        assertThat(values(tile)).isEqualTo(values(tile(new double[] {5, 7, 12, 13})));
        tile.takeBack(row(13), 0);
        assertThat(values(tile)).isEqualTo(values(tile(new double[] {5, 7, 12, 13})));
    }

    private static double skewed(SplittableRandom random) {
        double normal = random.nextGaussian();
        return random.nextInt(4) == 0 ? normal * normal * 3 : normal;
    }

    private static void assertExact(double[] inputs, List<@Nullable Object> actual) {
        BigDecimal n = BigDecimal.valueOf(inputs.length);
        BigDecimal sum = Arrays.stream(inputs).mapToObj(BigDecimal::new).reduce(BigDecimal.ZERO, BigDecimal::add);
        BigDecimal mean = sum.divide(n, new MathContext(700));
        BigDecimal m2 = BigDecimal.ZERO;
        BigDecimal m3 = BigDecimal.ZERO;
        BigDecimal m4 = BigDecimal.ZERO;
        for (double input : inputs) {
            BigDecimal d = new BigDecimal(input).subtract(mean).round(DIGITS);
            BigDecimal square = d.multiply(d, DIGITS);
            m2 = m2.add(square, DIGITS);
            m3 = m3.add(square.multiply(d, DIGITS), DIGITS);
            m4 = m4.add(square.multiply(square, DIGITS), DIGITS);
        }
        BigDecimal skew = n.sqrt(DIGITS).multiply(m3).divide(m2.multiply(m2.sqrt(DIGITS)), DIGITS);
        BigDecimal kurtosis = n.multiply(m4).divide(m2.multiply(m2), DIGITS).subtract(BigDecimal.valueOf(3));
        double variance = m2.divide(n, DIGITS).doubleValue();
        assertThat((Double) actual.get(0)).as("variance").isCloseTo(variance, within(1e-9 * variance));
        assertClose("skew", actual.get(1), skew);
        if (inputs.length >= 4) {
            assertClose("kurtosis", actual.get(2), kurtosis);
        }
    }

    private static void assertClose(String what, @Nullable Object actual, BigDecimal expected) {
        double value = expected.doubleValue();
        assertThat((Double) actual).as(what).isCloseTo(value, within(1e-9 * Math.max(1, Math.abs(value))));
    }

    private static TileBuffer tile(double[] inputs) {
        TileBuffer tile = new TileBuffer(LAYOUT);
        for (double input : inputs) {
            tile.update(row(input), 0);
        }
        return tile;
    }

    /** The inputs in tiles of random sizes, merged in a random tree. */
    private static TileBuffer tree(double[] inputs, SplittableRandom random) {
        List<TileBuffer> tiles = new ArrayList<>();
        int from = 0;
        while (from < inputs.length) {
            int to = Math.min(inputs.length, from + 1 + random.nextInt(1 + inputs.length / 3));
            tiles.add(tile(Arrays.copyOfRange(inputs, from, to)));
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

    private static FlatRow row(double input) {
        return row(writer -> writer.putDouble(0, input));
    }

    private static FlatRow row(java.util.function.Consumer<FlatRowWriter> value) {
        FlatRowWriter writer = new FlatRowWriter(1);
        writer.reset();
        value.accept(writer);
        byte[] bytes = new byte[writer.finish()];
        writer.buffer().getBytes(0, bytes);
        return new FlatRow().wrap(new UnsafeBuffer(bytes), 0, bytes.length, 1);
    }

    private static List<@Nullable Object> values(TileBuffer tile) {
        ObjectSink sink = new ObjectSink();
        tile.finish(sink);
        return sink.values();
    }
}
