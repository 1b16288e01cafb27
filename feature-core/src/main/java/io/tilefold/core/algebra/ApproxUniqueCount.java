package io.tilefold.core.algebra;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ValueSink;
import io.tilefold.core.value.ValueType;
import java.util.Optional;
import org.apache.datasketches.cpc.CpcSketch;
import org.apache.datasketches.cpc.CpcUnion;
import org.jspecify.annotations.Nullable;

/**
 * About how many distinct inputs there are: a CPC sketch with lgK = k of Apache DataSketches; relative standard error ln(2)^½ / 2^(k/2 + ½) · 1.18, 4.3% at
 * k = 8, where the sketch has at most 220 bytes. State: {@link SketchAccumulator}.
 *
 * <p>A sketch begins as the result of an empty union, so it never has the estimator that depends on the order of inputs (HIP): equal inputs give equal
 * bytes in any order and grouping, and the estimate of a sketch is that of a union.
 *
 * <p>Hashed, with the library's default seed: boolean (0, 1) and integers as long; floats and doubles as the bits of their double; strings and binary as
 * their bytes and one byte 0 behind them (the library ignores empty arrays).
 */
final class ApproxUniqueCount implements Operation {
    /** At most 20: the largest whose sketch, of 629,185 bytes, always fits a blob. */
    private static final KRange K = new KRange(4, 20, 8);

    @Override
    public String name() {
        return "approx_unique_count";
    }

    @Override
    public boolean accepts(ValueType input) {
        return input instanceof ValueType.Scalar;
    }

    @Override
    public String acceptedInputs() {
        return "any scalar";
    }

    @Override
    public ValueType outputType(ValueType input, OperationArgs args) {
        return ValueType.Scalar.LONG;
    }

    @Override
    public Optional<String> problemWith(OperationArgs args) {
        return K.problemWith(args);
    }

    @Override
    public Accumulator accumulator(ValueType input, OperationArgs args, boolean mutable) {
        return new SketchAccumulator(new CpcForm(K.of(args), input.isBytes()), args.blobBound(), mutable);
    }

    @Override
    public boolean isExact(ValueType input) {
        return true;
    }

    @Override
    public boolean takesBack() {
        return false;
    }

    @Override
    public boolean isBounded() {
        return true;
    }

    private record CpcForm(int lgK, boolean ofBytes) implements Sketch.Form {
        /** The largest there is: a sketch of more inputs may be smaller. */
        @Override
        public int weight(int blobLength) {
            return SketchBlob.length(CpcSketch.getMaxSerializedBytes(lgK));
        }

        @Override
        public Sketch empty() {
            return new Cpc(new CpcUnion(lgK).getResult(), ofBytes);
        }

        @Override
        public Sketch decode(byte[] encoded) {
            return new Cpc(CpcSketch.heapify(encoded), ofBytes);
        }
    }

    /** Either a sketch, which takes inputs, or a union, which takes sketches. */
    private static final class Cpc extends Sketch {
        /** Of the library's format: whether a sketch has a window. */
        private static final int FLAGS_OFFSET = 5;

        private static final int WINDOW_FLAG = 16;

        private final boolean ofBytes;
        private CpcSketch sketch;
        private @Nullable CpcUnion union;

        Cpc(CpcSketch sketch, boolean ofBytes) {
            this.sketch = sketch;
            this.ofBytes = ofBytes;
        }

        @Override
        void add(FlatRow row, int column) {
            if (ofBytes) {
                int length = row.bytesLength(column);
                byte[] bytes = new byte[length + 1];
                row.buffer().getBytes(row.bytesOffset(column), bytes, 0, length);
                sketch().update(bytes);
            } else {
                sketch().update(row.getLong(column));
            }
        }

        @Override
        void merge(Sketch other) {
            CpcUnion target = union == null ? unionOf(sketch) : union;
            target.update(((Cpc) other).sketch());
            union = target;
        }

        /** A sketch with a window notes which columns are full when the window moves, a union's result always: the latter is encoded. */
        @Override
        byte[] encode() {
            byte[] encoded = sketch().toByteArray();
            return (encoded[FLAGS_OFFSET] & WINDOW_FLAG) != 0
                    ? unionOf(sketch).getResult().toByteArray()
                    : encoded;
        }

        @Override
        void emit(ValueSink sink) {
            sink.longValue(Math.round(sketch().getEstimate()));
        }

        private static CpcUnion unionOf(CpcSketch sketch) {
            CpcUnion union = new CpcUnion(sketch.getLgK());
            union.update(sketch);
            return union;
        }

        private CpcSketch sketch() {
            if (union != null) {
                sketch = union.getResult();
                union = null;
            }
            return sketch;
        }
    }
}
