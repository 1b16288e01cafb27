package io.tilefold.batch.backfill;

import io.tilefold.core.definition.Names;
import java.util.ArrayList;
import java.util.List;

/**
 * The SQL that puts labels beside a training set's rows: SEMANTICS.md §1, {@code _labeled} and {@code _labeled_latest}. A label is the same for all rows of a day with equal keys,
 * so it is found by day and keys, nulls among them, and every row of the training set comes out once for each of its label days, however many rows are equal.
 *
 * @param features what stands behind FROM for the training set
 * @param labels what stands behind FROM for the labels
 * @param keys columns of both
 * @param names the labels in their table
 * @param quote around names
 */
record LabeledViews(String features, String labels, List<String> keys, List<String> names, char quote) {
    /** Every label day of every row. */
    String all() {
        return select("");
    }

    /** Of every row the newest label day that its day has. */
    String latest() {
        return select("\n  JOIN (SELECT ds AS newest_of, max(label_ds) AS newest FROM " + labels + " GROUP BY ds) AS n"
                + "\n    ON l.ds = n.newest_of AND l.label_ds = n.newest");
    }

    private String select(String restriction) {
        List<String> grouped = new ArrayList<>(List.of("l.label_ds", "l.ds"));
        List<String> inner = new ArrayList<>(grouped);
        List<String> equal = new ArrayList<>(List.of("f.ds = g.ds"));
        for (int i = 0; i < keys.size(); i++) {
            String key = quoted(keys.get(i));
            grouped.add("l." + key);
            inner.add("l." + key + " AS tilefold_key_" + i);
            equal.add("f." + key + " IS NOT DISTINCT FROM g.tilefold_key_" + i);
        }
        List<String> outer = new ArrayList<>(List.of("f.*"));
        for (String name : names) {
            String label = quoted(Names.label(name));
            inner.add("first(l." + quoted(name) + ") AS " + label);
            outer.add("g." + label);
        }
        outer.add("g.label_ds");
        return "SELECT " + String.join(", ", outer) + "\nFROM " + features + " AS f\nJOIN (\n  SELECT "
                + String.join(", ", inner) + "\n  FROM " + labels + " AS l" + restriction + "\n  GROUP BY "
                + String.join(", ", grouped) + "\n) AS g ON " + String.join(" AND ", equal);
    }

    private String quoted(String name) {
        return quote + name.replace(String.valueOf(quote), String.valueOf(quote) + quote) + quote;
    }
}
