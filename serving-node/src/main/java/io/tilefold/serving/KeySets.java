package io.tilefold.serving;

import io.tilefold.core.value.Field;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Gathers a target's key columns, and the distinct lists of them that parts are keyed by, while it is compiled. */
final class KeySets {
    private final List<Field> columns = new ArrayList<>();
    private final List<int[]> sets = new ArrayList<>();
    private final List<Integer> current = new ArrayList<>();

    /** The next key column of the part at hand. */
    void column(Field column) {
        current.add(columnOutsideSets(column));
    }

    /** A key column that is not in a set; returns its index. */
    int columnOutsideSets(Field column) {
        int index = columns.indexOf(column);
        if (index < 0) {
            index = columns.size();
            columns.add(column);
        }
        return index;
    }

    /** Ends the part's keys; returns the index of its set, which parts that are keyed alike share. */
    int finish() {
        int[] set = current.stream().mapToInt(Integer::intValue).toArray();
        current.clear();
        for (int i = 0; i < sets.size(); i++) {
            if (Arrays.equals(sets.get(i), set)) {
                return i;
            }
        }
        sets.add(set);
        return sets.size() - 1;
    }

    /** Distinct, in order of use. */
    List<Field> columns() {
        return columns;
    }

    List<int[]> sets() {
        return sets;
    }
}
