package io.tilefold.cli.replay;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A row of the training set, and when serving is asked for it.
 *
 * @param qMs the moment asked for
 * @param ds the day of the left's partition
 * @param values left columns and features by name
 */
record AskedRow(long qMs, String ds, Map<String, @Nullable Object> values) {
    /** Column of the prepared rows that holds the moment. */
    static final String MOMENT = "tilefold_q";

    static final String DS = "ds";

    static AskedRow of(Map<String, @Nullable Object> prepared) {
        long qMs = (Long) Objects.requireNonNull(prepared.remove(MOMENT), MOMENT);
        return new AskedRow(qMs, String.valueOf(prepared.get(DS)), prepared);
    }
}
