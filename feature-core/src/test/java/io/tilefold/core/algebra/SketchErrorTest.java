package io.tilefold.core.algebra;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.Seeds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * How wrong the sketches are over {@value #SEEDS} seeds, each time in one tile and in a tree of tiles, beside what their theory says. Prints both:
 * docs/benchmarks/algebra.md.
 */
class SketchErrorTest {
    private static final int SEEDS = 100;

    /**
     * The library states, for lgK = 8 without HIP, a relative standard error of ln 2 / √256 = 4.33%. The measured one lies within ±25% of it: the sampling error of a
     * deviation over 100 values is 7%.
     */
    @Test
    void standardErrorOfApproxUniqueCount() {
        int n = 20_000;
        OneInput subject = new OneInput(new ApproxUniqueCount(), Scalar.LONG, OperationArgs.NONE, false);
        List<Double> errors = new ArrayList<>();
        Seeds.forEach(SEEDS, random -> {
            TileBuffer whole = subject.empty();
            TileBuffer merged = subject.empty();
            TileBuffer part = subject.empty();
            for (int i = 0; i < n; i++) {
                FlatRow row = subject.row(random.nextLong());
                whole.update(row, 0);
                part.update(row, 0);
                if (i % 1_000 == 999) {
                    merged.merge(part);
                    part.reset();
                }
            }
            assertThat(subject.bytes(merged)).isEqualTo(subject.bytes(whole));
            errors.add((Long) subject.present(whole) / (double) n - 1);
        });
        double theory = Math.log(2) / 16;
        double squares = errors.stream().mapToDouble(error -> error * error).sum();
        double measured = Math.sqrt(squares / errors.size());
        System.out.printf(
                Locale.ROOT,
                "approx_unique_count, k = 8: standard error %.2f%%, theory %.2f%%%n",
                100 * measured,
                100 * theory);
        if (errors.size() == SEEDS) {
            assertThat(measured).isBetween(theory * 0.75, theory * 1.25);
        }
    }

    /**
     * The library states a normalised rank error of 2.06% at k = 128, with a confidence of 99% for any one rank. Over 100 seeds, 3 ranks, one sketch and a merged
     * one: 600 draws, of which 6 are expected beyond it at most; more than 20 would be one in a million.
     */
    @Test
    void rankErrorOfApproxPercentile() {
        double theory = 0.0206;
        int n = 10_000;
        List<Double> percentiles = List.of(0.1, 0.5, 0.9);
        OneInput subject = new OneInput(
                new ApproxPercentile(),
                Scalar.LONG,
                new OperationArgs(OptionalInt.empty(), percentiles, OptionalInt.empty()),
                false);
        List<Double> errors = new ArrayList<>();
        Seeds.forEach(SEEDS, random -> {
            for (TileBuffer tile : oneAndTree(subject, shuffled(n, random), random)) {
                List<?> values = (List<?>) subject.present(tile);
                for (int i = 0; i < percentiles.size(); i++) {
                    errors.add(Math.abs((Double) values.get(i) / n - percentiles.get(i)));
                }
            }
        });
        double[] sorted =
                errors.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        System.out.printf(
                Locale.ROOT,
                "approx_percentile, k = 128: 99%% of ranks within %.2f%%, all within %.2f%%; theory 99%% within %.2f%%%n",
                100 * sorted[(int) (sorted.length * 0.99)],
                100 * sorted[sorted.length - 1],
                100 * theory);
        assertThat(sorted[sorted.length - 1]).isLessThan(0.05);
        assertThat(Arrays.stream(sorted).filter(error -> error > theory).count())
                .isLessThanOrEqualTo(20);
    }

    private static List<Object> shuffled(int n, SplittableRandom random) {
        List<Object> inputs = new ArrayList<>();
        for (long i = 0; i < n; i++) {
            inputs.add(i);
        }
        Collections.shuffle(inputs, new Random(random.nextLong()));
        return inputs;
    }

    private static List<TileBuffer> oneAndTree(OneInput subject, List<Object> inputs, SplittableRandom random) {
        return List.of(subject.tile(inputs), subject.tree(inputs, random));
    }

    /** Theory: true ≤ shown ≤ true + 3.5 · n / mapSize, and whatever occurs more often than that is kept. */
    @Test
    void overcountOfApproxHistogram() {
        int k = 8;
        int n = 5_000;
        double theory = 3.5 * n / ApproxHistogram.mapSize(k);
        OneInput subject = new OneInput(new ApproxHistogram(), Scalar.LONG, OperationArgs.k(k), false);
        List<Long> overcounts = new ArrayList<>();
        Seeds.forEach(SEEDS, random -> {
            List<Object> inputs = new ArrayList<>();
            Map<String, Long> counts = new HashMap<>();
            for (int i = 0; i < n; i++) {
                long input = (long) Math.exp(random.nextDouble() * 8);
                inputs.add(input);
                counts.merge(Long.toString(input), 1L, Long::sum);
            }
            for (TileBuffer tile : oneAndTree(subject, inputs, random)) {
                Map<?, ?> shown = (Map<?, ?>) subject.present(tile);
                assertThat(shown).hasSize(k);
                long least = Long.MAX_VALUE;
                for (Map.Entry<?, ?> entry : shown.entrySet()) {
                    long count = (Long) entry.getValue();
                    least = Math.min(least, count);
                    overcounts.add(count - counts.getOrDefault((String) entry.getKey(), 0L));
                }
                for (Map.Entry<String, Long> entry : counts.entrySet()) {
                    if (entry.getValue() > theory && !shown.containsKey(entry.getKey())) {
                        assertThat(entry.getValue()).isLessThanOrEqualTo(least);
                    }
                }
            }
        });
        System.out.printf(
                Locale.ROOT,
                "approx_histogram_k, k = 8, %,d inputs: a count is too large by %d at most, theory %.0f%n",
                n,
                Collections.max(overcounts),
                theory);
        assertThat(overcounts).allSatisfy(overcount -> assertThat(overcount).isBetween(0L, (long) theory));
    }
}
