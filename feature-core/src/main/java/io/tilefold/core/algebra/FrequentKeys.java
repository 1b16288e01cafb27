package io.tilefold.core.algebra;

import io.tilefold.core.value.ValueSink;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/** Candidates of a frequent items sketch, as bytes; finishes them as a map of the k largest counts, the smaller key where counts are equal. */
final class FrequentKeys {
    private static final Comparator<Candidate> BY_KEY = (a, b) -> Arrays.compareUnsigned(a.key, b.key);
    private static final Comparator<Candidate> LARGEST_FIRST =
            Comparator.comparingLong(Candidate::count).reversed().thenComparing(BY_KEY);

    private final List<Candidate> candidates;

    @SuppressWarnings("ArrayRecordComponent") // private, never compared
    private record Candidate(byte[] key, long count) {}

    FrequentKeys(int size) {
        candidates = new ArrayList<>(size);
    }

    void add(byte[] key, long count) {
        candidates.add(new Candidate(key, count));
    }

    void emit(int k, ValueSink sink) {
        List<Candidate> shown = candidates.stream()
                .sorted(LARGEST_FIRST)
                .limit(k)
                .sorted(BY_KEY)
                .toList();
        sink.mapValue(shown.size());
        for (Candidate candidate : shown) {
            sink.bytesValue(new UnsafeBuffer(candidate.key), 0, candidate.key.length);
            sink.longValue(candidate.count);
        }
    }
}
