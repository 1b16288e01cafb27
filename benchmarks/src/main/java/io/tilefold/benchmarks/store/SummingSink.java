package io.tilefold.benchmarks.store;

import io.tilefold.core.plan.WindowFold;
import io.tilefold.core.value.ValueSink;
import org.agrona.DirectBuffer;

/** Takes the features of a key and adds them up. */
final class SummingSink implements ValueSink {
    private long sum;

    /** Emits all features of a fold and returns their sum. */
    long sum(WindowFold fold) {
        sum = 0;
        fold.emit(this);
        return sum;
    }

    @Override
    public void nullValue() {
        sum++;
    }

    @Override
    public void longValue(long value) {
        sum += value;
    }

    @Override
    public void booleanValue(boolean value) {
        throw new AssertionError();
    }

    @Override
    public void doubleValue(double value) {
        throw new AssertionError();
    }

    @Override
    public void bytesValue(DirectBuffer buffer, int offset, int length) {
        throw new AssertionError();
    }

    @Override
    public void listValue(int size) {
        throw new AssertionError();
    }

    @Override
    public void mapValue(int size) {
        throw new AssertionError();
    }

    @Override
    public void structValue(int size) {
        throw new AssertionError();
    }
}
