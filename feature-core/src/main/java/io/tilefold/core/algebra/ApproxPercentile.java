package io.tilefold.core.algebra;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ValueSink;
import io.tilefold.core.value.ValueType;
import java.util.List;
import java.util.Optional;
import org.apache.datasketches.kll.KllFloatsSketch;
import org.apache.datasketches.memory.Memory;
import org.apache.datasketches.quantilescommon.FloatsSketchSortedView;

/**
 * Percentiles: entry p is about the sorted input number min(⌊p·n⌋, n − 1), in the order asked. A KLL sketch of floats with parameter k of Apache DataSketches: all
 * inputs up to k of them, so exact; beyond, the rank of what is shown is within 2.1% of n at k = 128 with a confidence of 99%, and the sketch has some 1,600
 * bytes. State: {@link SketchAccumulator}.
 *
 * <p>Inputs are rounded to float, from longs and doubles alike; one beyond the largest float counts as infinite, and an entry that shows it is null. What the
 * sketch keeps beyond k inputs is random even for equal inputs.
 */
final class ApproxPercentile implements Operation {
    private static final KRange K = new KRange(8, 10_000, 128);
    private static final int MAX_PERCENTILES = 1_000;

    @Override
    public String name() {
        return "approx_percentile";
    }

    @Override
    public boolean accepts(ValueType input) {
        return input.isNumeric();
    }

    @Override
    public String acceptedInputs() {
        return "numeric";
    }

    @Override
    public ValueType outputType(ValueType input, OperationArgs args) {
        return new ValueType.ListType(ValueType.Scalar.FLOAT);
    }

    @Override
    public Optional<String> problemWith(OperationArgs args) {
        List<Double> percentiles = args.percentiles();
        if (percentiles.isEmpty()) {
            return Optional.of(
                    "percentiles are missing: which, from 0 to 1, for example args: {percentiles: [0.5, 0.95]}");
        }
        if (percentiles.size() > MAX_PERCENTILES) {
            return Optional.of(percentiles.size() + " percentiles: at most " + MAX_PERCENTILES);
        }
        return percentiles.stream()
                .filter(p -> !(p >= 0 && p <= 1))
                .findFirst()
                .map(p -> "percentile " + p + " is not from 0 to 1")
                .or(() -> K.problemWithK(args));
    }

    @Override
    public Accumulator accumulator(ValueType input, OperationArgs args, boolean mutable) {
        double[] percentiles =
                args.percentiles().stream().mapToDouble(Double::doubleValue).toArray();
        return new SketchAccumulator(
                new KllForm(K.of(args), input.isFloating(), percentiles), args.blobBound(), mutable);
    }

    @Override
    public boolean isExact(ValueType input) {
        return false;
    }

    /** KLL's compaction tosses a coin. */
    @Override
    public boolean isRepeatable() {
        return false;
    }

    @Override
    public boolean takesBack() {
        return false;
    }

    @Override
    public boolean isBounded() {
        return true;
    }

    private static final class KllForm implements Sketch.Form {
        private final int k;
        private final boolean floating;
        private final double[] percentiles;

        KllForm(int k, boolean floating, double[] percentiles) {
            this.k = k;
            this.floating = floating;
            this.percentiles = percentiles;
        }

        @Override
        public Sketch empty() {
            return new Kll(this, KllFloatsSketch.newHeapInstance(k));
        }

        @Override
        public Sketch decode(byte[] encoded) {
            return new Kll(this, KllFloatsSketch.heapify(Memory.wrap(encoded)));
        }
    }

    private static final class Kll extends Sketch {
        private final KllForm form;
        private final KllFloatsSketch sketch;

        Kll(KllForm form, KllFloatsSketch sketch) {
            this.form = form;
            this.sketch = sketch;
        }

        @Override
        void add(FlatRow row, int column) {
            float input = form.floating ? (float) row.getDouble(column) : row.getLong(column);
            sketch.update(input + 0.0f); // no negative zero
        }

        @Override
        void merge(Sketch other) {
            sketch.merge(((Kll) other).sketch);
        }

        @Override
        byte[] encode() {
            return sketch.toByteArray();
        }

        @Override
        void emit(ValueSink sink) {
            FloatsSketchSortedView sorted = sketch.getSortedView();
            long[] weights = sorted.getCumulativeWeights();
            float[] inputs = sorted.getQuantiles();
            sink.listValue(form.percentiles.length);
            for (double p : form.percentiles) {
                sink.finiteValue(inputs[indexOf(weights, (long) Math.floor(p * sketch.getN()))]);
            }
        }

        /** Index of the first entry whose inputs, with those before it, are more than {@code number}; the last if none. */
        private static int indexOf(long[] cumulativeWeights, long number) {
            int low = 0;
            int high = cumulativeWeights.length - 1;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (cumulativeWeights[middle] > number) {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            return low;
        }
    }
}
