package io.tilefold.batch.backfill;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Rows and nulls that were written.
 *
 * @param nulls by column, in the order of the columns
 */
record Written(long rows, Map<String, Long> nulls) {
    static Written none() {
        return new Written(0, new LinkedHashMap<>());
    }

    Written plus(Written other) {
        Map<String, Long> both = new LinkedHashMap<>(nulls);
        other.nulls.forEach((column, count) -> both.merge(column, count, Long::sum));
        return new Written(rows + other.rows, both);
    }
}
