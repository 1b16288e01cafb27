package io.tilefold.benchmarks.store;

import io.tilefold.core.key.KeyHash;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.store.KeyReader;
import io.tilefold.store.ReadResult;
import org.agrona.concurrent.UnsafeBuffer;

/** Reads keys as serving does: key, hash, record, fold, features. Confined to one thread. */
final class StoreReads {
    private final WindowFold fold = new WindowFold(CountsGroupBy.plan());
    private final SummingSink sink = new SummingSink();
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[Population.KEY_LENGTH]);

    /** Reads one key. Returns the sum of its features, -1 if it was not answered. */
    long read(KeyReader reader, long number, long q) {
        Population.encodeKey(number, key);
        long hash = KeyHash.hash(key, 0, Population.KEY_LENGTH);
        if (reader.fold(key, 0, Population.KEY_LENGTH, hash, q, fold) != ReadResult.FOUND) {
            return -1;
        }
        return sink.sum(fold);
    }
}
