package io.tilefold.expressions;

import java.util.Locale;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;

/** Finds what a misspelt name may have meant. */
final class NearestName {
    private static final int EDITS_MAX = 3;

    private NearestName() {}

    /** {@code " (did you mean x?)"} with the candidate fewest edits away, or nothing if none is near. */
    static String hint(String name, Iterable<String> candidates) {
        UTF8String wanted = folded(name);
        int fewest = Math.min(EDITS_MAX, Math.max(1, name.length() / 2)) + 1;
        @Nullable String best = null;
        for (String candidate : candidates) {
            int edits = wanted.levenshteinDistance(folded(candidate));
            if (edits < fewest) {
                best = candidate;
                fewest = edits;
            }
        }
        return best == null ? "" : " (did you mean " + best + "?)";
    }

    private static UTF8String folded(String name) {
        return UTF8String.fromString(name.toLowerCase(Locale.ROOT));
    }
}
