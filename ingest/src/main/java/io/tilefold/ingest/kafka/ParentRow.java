package io.tilefold.ingest.kafka;

import io.tilefold.client.FetchResult;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A row of a join's left, and what the join answers to it. Confined to the reader's thread. */
final class ParentRow {
    private final Map<String, @Nullable Object> left;
    private final @Nullable Long timeMs;
    private @Nullable FetchResult answer;
    private int row;

    /** @param timeMs epoch milliseconds; null: it has no time, and so no answer */
    ParentRow(Map<String, @Nullable Object> left, @Nullable Long timeMs) {
        this.left = left;
        this.timeMs = timeMs;
    }

    @Nullable Long timeMs() {
        return timeMs;
    }

    /** A column of the left. */
    @Nullable Object left(String column) {
        return left.get(column);
    }

    /** It is the row of this number in an answer. */
    void answered(FetchResult result, int number) {
        answer = result;
        row = number;
    }

    /** An output of the join. */
    @Nullable Object output(String name) {
        FetchResult result = answer;
        if (result == null) {
            throw new IllegalStateException("output " + name + " of a row that was not asked");
        }
        return result.get(row, name);
    }
}
