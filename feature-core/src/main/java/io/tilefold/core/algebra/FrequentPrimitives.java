package io.tilefold.core.algebra;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ValueSink;
import io.tilefold.core.value.ValueType;
import org.apache.datasketches.frequencies.ErrorType;
import org.apache.datasketches.frequencies.LongsSketch;
import org.apache.datasketches.memory.Memory;

/** Frequent numbers or booleans. An item is the input's 8-byte slot; keys become text when the value is given. */
final class FrequentPrimitives extends Sketch {
    private final LongsSketch sketch;
    private final Form form;

    private FrequentPrimitives(LongsSketch sketch, Form form) {
        this.sketch = sketch;
        this.form = form;
    }

    record Form(int k, int mapSize, ValueType.Scalar type) implements Sketch.Form {
        @Override
        public Sketch empty() {
            return new FrequentPrimitives(new LongsSketch(mapSize), this);
        }

        @Override
        public Sketch decode(byte[] encoded) {
            return new FrequentPrimitives(LongsSketch.getInstance(Memory.wrap(encoded)), this);
        }
    }

    @Override
    void add(FlatRow row, int column) {
        sketch.update(row.getLong(column));
    }

    @Override
    void merge(Sketch other) {
        sketch.merge(((FrequentPrimitives) other).sketch);
    }

    @Override
    byte[] encode() {
        return sketch.toByteArray();
    }

    @Override
    void emit(ValueSink sink) {
        LongsSketch.Row[] rows = sketch.getFrequentItems(ErrorType.NO_FALSE_NEGATIVES);
        FrequentKeys keys = new FrequentKeys(rows.length);
        for (LongsSketch.Row row : rows) {
            keys.add(text(row.getItem()).getBytes(US_ASCII), row.getEstimate());
        }
        keys.emit(form.k, sink);
    }

    private String text(long bits) {
        return switch (form.type) {
            case BOOLEAN -> bits == 0 ? "false" : "true";
            case BYTE, SHORT, INT, LONG -> Long.toString(bits);
            case FLOAT -> Float.toString((float) Double.longBitsToDouble(bits));
            case DOUBLE -> Double.toString(Double.longBitsToDouble(bits));
            case STRING, BINARY -> throw new AssertionError(form.type);
        };
    }
}
