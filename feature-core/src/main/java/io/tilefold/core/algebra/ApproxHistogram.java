package io.tilefold.core.algebra;

import io.tilefold.core.value.ValueType;
import java.util.Optional;
import org.agrona.BitUtil;

/**
 * The k most frequent inputs and about how often they occur: a frequent items sketch of Apache DataSketches. It has room for at least 12 · k distinct inputs; up to
 * them counts are exact. Beyond, a count shown is at most too large, by no more than 3.5 · n / (16 · k) (k rounded up to a power of 2), and an input that occurs
 * more often than that is never missed among the candidates. Equal counts: the smaller key. State: {@link SketchAccumulator}; sketches: {@link
 * FrequentStrings}, {@link FrequentPrimitives}.
 *
 * <p>Keys of numbers and booleans are what Spark SQL's CAST AS STRING gives for the input's type.
 */
final class ApproxHistogram implements Operation {
    private static final KRange K = new KRange(1, 1_000, 8);
    private static final int MAP_SIZE_PER_K = 16;

    @Override
    public String name() {
        return "approx_histogram_k";
    }

    @Override
    public boolean accepts(ValueType input) {
        return input.isPrimitive() || input == ValueType.Scalar.STRING;
    }

    @Override
    public String acceptedInputs() {
        return "boolean, numeric or string";
    }

    @Override
    public ValueType outputType(ValueType input, OperationArgs args) {
        return new ValueType.MapType(ValueType.Scalar.LONG);
    }

    @Override
    public Optional<String> problemWith(OperationArgs args) {
        return K.problemWith(args);
    }

    @Override
    public Accumulator accumulator(ValueType input, OperationArgs args, boolean mutable) {
        int k = K.of(args);
        int mapSize = mapSize(k);
        Sketch.Form form = input.isBytes()
                ? new FrequentStrings.Form(k, mapSize)
                : new FrequentPrimitives.Form(k, mapSize, (ValueType.Scalar) input);
        return new SketchAccumulator(form, args.blobBound(), mutable);
    }

    /** Size of the sketch's hash map; three quarters of it are in use at most. */
    static int mapSize(int k) {
        return MAP_SIZE_PER_K * BitUtil.findNextPositivePowerOfTwo(k);
    }

    @Override
    public boolean isExact(ValueType input) {
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
}
