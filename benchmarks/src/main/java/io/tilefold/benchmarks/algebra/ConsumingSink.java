package io.tilefold.benchmarks.algebra;

import io.tilefold.core.value.ValueSink;
import org.agrona.DirectBuffer;

/** Takes values and forgets them, but not so that the compiler could. */
final class ConsumingSink implements ValueSink {
    private long taken;

    long taken() {
        return taken;
    }

    @Override
    public void nullValue() {
        taken++;
    }

    @Override
    public void booleanValue(boolean value) {
        taken += value ? 1 : 2;
    }

    @Override
    public void longValue(long value) {
        taken += value;
    }

    @Override
    public void doubleValue(double value) {
        taken += Double.doubleToRawLongBits(value);
    }

    @Override
    public void bytesValue(DirectBuffer buffer, int offset, int length) {
        taken += length > 0 ? buffer.getByte(offset) : length;
    }

    @Override
    public void listValue(int size) {
        taken += size;
    }

    @Override
    public void mapValue(int size) {
        taken += size;
    }

    @Override
    public void structValue(int fieldCount) {
        taken += fieldCount;
    }
}
