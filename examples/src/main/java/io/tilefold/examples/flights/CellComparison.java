package io.tilefold.examples.flights;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compares expected with actual values, cell by cell, and counts. Integers are equal by value whatever their width, floating numbers within
 * {@value #TOLERANCE} of the larger magnitude (absolute below 1), an integer never equals a floating number; lists and maps
 * are compared by element. One thread.
 */
public final class CellComparison {
    public static final double TOLERANCE = 1e-9;

    /** Stands for a column that an answer must have and has not: something else than a null. */
    private static final Object MISSING = new Object() {
        @Override
        public String toString() {
            return "(no such column)";
        }
    };

    private final int keptDifferenceCountMax;
    private final List<Difference> differences = new ArrayList<>();
    private long comparedCount;
    private long bothNullCount;
    private long differentCount;

    /** @param keptDifferenceCountMax how many differences are remembered; the rest is only counted */
    public CellComparison(int keptDifferenceCountMax) {
        this.keptDifferenceCountMax = keptDifferenceCountMax;
    }

    /** A cell whose two values differ. */
    public record Difference(
            Question question,
            String column,
            @Nullable Object expected,
            @Nullable Object actual) {
        @Override
        public String toString() {
            return question + " " + column + ": expected " + expected + " but was " + actual;
        }
    }

    /** Compares all columns of one row. A column that only one side has is a difference. */
    public void compareRow(
            Question question,
            Map<String, ? extends @Nullable Object> expected,
            Map<String, ? extends @Nullable Object> actual) {
        Set<String> columns = new LinkedHashSet<>(expected.keySet());
        columns.addAll(actual.keySet());
        for (String column : columns) {
            compare(question, column, cell(expected, column), cell(actual, column));
        }
    }

    private static @Nullable Object cell(Map<String, ? extends @Nullable Object> row, String column) {
        return row.containsKey(column) ? row.get(column) : MISSING;
    }

    /** Compares one cell. */
    public void compare(Question question, String column, @Nullable Object expected, @Nullable Object actual) {
        comparedCount++;
        if (expected == null && actual == null) {
            bothNullCount++;
        } else if (!equal(expected, actual)) {
            differentCount++;
            if (differences.size() < keptDifferenceCountMax) {
                differences.add(new Difference(question, column, expected, actual));
            }
        }
    }

    static boolean equal(@Nullable Object expected, @Nullable Object actual) {
        if (expected == null || actual == null) {
            return expected == actual;
        }
        if (expected instanceof Number expectedNumber && actual instanceof Number actualNumber) {
            return equalNumbers(expectedNumber, actualNumber);
        }
        if (expected instanceof List<?> expectedList && actual instanceof List<?> actualList) {
            return equalLists(expectedList, actualList);
        }
        if (expected instanceof Map<?, ?> expectedMap && actual instanceof Map<?, ?> actualMap) {
            return expectedMap.keySet().equals(actualMap.keySet())
                    && expectedMap.entrySet().stream()
                            .allMatch(entry -> equal(entry.getValue(), actualMap.get(entry.getKey())));
        }
        return expected.equals(actual);
    }

    private static boolean equalNumbers(Number expected, Number actual) {
        if (isFloating(expected) != isFloating(actual)) {
            return false;
        }
        if (!isFloating(expected)) {
            return expected.longValue() == actual.longValue();
        }
        double a = expected.doubleValue();
        double b = actual.doubleValue();
        if (!Double.isFinite(a) || !Double.isFinite(b)) {
            return false; // SEMANTICS.md §5: NaN and infinite results are null
        }
        return Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.max(Math.abs(a), Math.abs(b)));
    }

    private static boolean isFloating(Number number) {
        return number instanceof Double || number instanceof Float;
    }

    private static boolean equalLists(List<?> expected, List<?> actual) {
        if (expected.size() != actual.size()) {
            return false;
        }
        for (int i = 0; i < expected.size(); i++) {
            if (!equal(expected.get(i), actual.get(i))) {
                return false;
            }
        }
        return true;
    }

    public long comparedCount() {
        return comparedCount;
    }

    public long bothNullCount() {
        return bothNullCount;
    }

    public long differentCount() {
        return differentCount;
    }

    /** Share of the compared cells in which at least one side has a value; 0 if nothing was compared. */
    public double nonNullShare() {
        return comparedCount == 0 ? 0 : (double) (comparedCount - bothNullCount) / comparedCount;
    }

    /** The first differences, in the order compared. */
    public List<Difference> differences() {
        return List.copyOf(differences);
    }

    /** The counts as one line. */
    public String summary() {
        return String.format(
                java.util.Locale.ROOT,
                "%,d values compared, %,d null on both sides (%.1f%% non-null), %,d different",
                comparedCount,
                bothNullCount,
                100 * nonNullShare(),
                differentCount);
    }
}
