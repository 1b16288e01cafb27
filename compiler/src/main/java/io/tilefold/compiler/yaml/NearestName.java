package io.tilefold.compiler.yaml;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** What a misspelt name may have meant: the known name the fewest edits away, if it is near. */
public final class NearestName {
    private static final int EDITS_MAX = 3;

    private NearestName() {}

    /** Nearest by edits, ignoring case; none if it takes more than 3 edits or half of the name. */
    public static Optional<String> find(String name, Collection<String> known) {
        int allowed = Math.min(EDITS_MAX, Math.max(1, name.length() / 2));
        Optional<String> nearest = Optional.empty();
        int fewest = allowed + 1;
        for (String candidate : known) {
            int edits = edits(name.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT));
            if (edits < fewest) {
                fewest = edits;
                nearest = Optional.of(candidate);
            }
        }
        return nearest;
    }

    /** {@code "did you mean sum?"}, or the list of what there is, introduced by {@code otherwise}. */
    public static String hint(String name, Collection<String> known, String otherwise) {
        return find(name, known)
                .map(nearest -> "did you mean " + nearest + "?")
                .orElseGet(() -> otherwise + " " + String.join(", ", known));
    }

    /** Insertions, deletions, replacements and swaps of neighbours that make one text the other. */
    private static int edits(String from, String to) {
        int[] beforeLast = new int[to.length() + 1];
        int[] last = new int[to.length() + 1];
        int[] row = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            last[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = last[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, Math.min(last[j], row[j - 1]) + 1);
                boolean swapped = i > 1
                        && j > 1
                        && from.charAt(i - 1) == to.charAt(j - 2)
                        && from.charAt(i - 2) == to.charAt(j - 1);
                if (swapped) {
                    row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
                }
            }
            int[] free = beforeLast;
            beforeLast = last;
            last = row;
            row = free;
        }
        return last[to.length()];
    }
}
