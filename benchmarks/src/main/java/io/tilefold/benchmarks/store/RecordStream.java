package io.tilefold.benchmarks.store;

import io.tilefold.core.plan.BaseRecordBuilder;
import java.io.IOException;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** The base records of a {@link Population}, in key order. */
final class RecordStream {
    private final Population population;
    private final BaseRecordBuilder builder = new BaseRecordBuilder(CountsGroupBy.plan(), Population.BATCH_END_MS);
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[Population.KEY_LENGTH]);
    private int hopsOfKey;

    RecordStream() {
        this(new Population());
    }

    RecordStream(Population population) {
        this.population = population;
    }

    /** Takes a key and its record, both valid during the call. */
    @FunctionalInterface
    interface Target {
        void accept(UnsafeBuffer key, DirectBuffer record, int length) throws IOException;
    }

    /** Gives the records of all keys below a number. Returns the number of their non-empty hops. */
    long forEach(int keys, Target target) throws IOException {
        long hops = 0;
        for (int number = 0; number < keys; number++) {
            int length = build(number);
            target.accept(key, builder.buffer(), length);
            hops += hopsOfKey;
        }
        return hops;
    }

    /** Builds one key's record: {@link #record} holds it up to the returned length. */
    int build(long number) {
        Population.encodeKey(number, key);
        builder.start(key, 0, key.capacity());
        hopsOfKey = population.select(number);
        for (int i = 0; i < hopsOfKey; i++) {
            builder.add(population.row(), population.timeMs(i));
        }
        return builder.finish();
    }

    DirectBuffer record() {
        return builder.buffer();
    }
}
