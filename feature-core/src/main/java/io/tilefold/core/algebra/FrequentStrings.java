package io.tilefold.core.algebra;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ValueSink;
import org.apache.datasketches.common.ArrayOfStringsSerDe;
import org.apache.datasketches.frequencies.ErrorType;
import org.apache.datasketches.frequencies.ItemsSketch;
import org.apache.datasketches.memory.Memory;

/** Frequent strings. An item is a Java string with one character for each byte of the UTF-8 input, so that any bytes come back as they were. */
final class FrequentStrings extends Sketch {
    private static final ArrayOfStringsSerDe ITEMS = new ArrayOfStringsSerDe();

    private final ItemsSketch<String> sketch;
    private final int k;
    private int encodedLength;

    private FrequentStrings(ItemsSketch<String> sketch, int k) {
        this.sketch = sketch;
        this.k = k;
    }

    record Form(int k, int mapSize) implements Sketch.Form {
        @Override
        public Sketch empty() {
            return new FrequentStrings(new ItemsSketch<>(mapSize), k);
        }

        @Override
        public Sketch decode(byte[] encoded) {
            FrequentStrings decoded = new FrequentStrings(ItemsSketch.getInstance(Memory.wrap(encoded), ITEMS), k);
            decoded.encodedLength = encoded.length;
            return decoded;
        }
    }

    @Override
    void add(FlatRow row, int column) {
        byte[] bytes = new byte[row.bytesLength(column)];
        row.buffer().getBytes(row.bytesOffset(column), bytes);
        sketch.update(new String(bytes, ISO_8859_1));
        growth += bytes.length;
    }

    @Override
    void merge(Sketch other) {
        FrequentStrings added = (FrequentStrings) other;
        sketch.merge(added.sketch);
        growth += added.encodedLength;
    }

    @Override
    byte[] encode() {
        return sketch.toByteArray(ITEMS);
    }

    @Override
    void emit(ValueSink sink) {
        ItemsSketch.Row<String>[] rows = sketch.getFrequentItems(ErrorType.NO_FALSE_NEGATIVES);
        FrequentKeys keys = new FrequentKeys(rows.length);
        for (ItemsSketch.Row<String> row : rows) {
            keys.add(row.getItem().getBytes(ISO_8859_1), row.getEstimate());
        }
        keys.emit(k, sink);
    }
}
