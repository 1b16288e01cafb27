package io.tilefold.cli.replay;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One feature's values in the training set beside those served: counts, the largest difference, the first row that differs. Confined to one thread. */
final class FeatureTally {
    private final String name;
    private final boolean sketch;
    private long total;
    private long bothNull;
    private long missing;
    private long extra;
    private long different;
    private double largest;
    private @Nullable Difference first;

    /**
     * A value that differs.
     *
     * @param row of the training set
     * @param expected what the training set has
     * @param served what was served
     */
    record Difference(
            AskedRow row,
            @Nullable Object expected,
            @Nullable Object served) {}

    /** @param sketch its values are estimates, equal within a bound that values alone do not show: they are not judged, only whether there is one */
    FeatureTally(String name, boolean sketch) {
        this.name = name;
        this.sketch = sketch;
    }

    /** Counts a pair of values; true if it is the first that differs. */
    boolean add(AskedRow row, @Nullable Object expected, @Nullable Object served, double tolerance) {
        total++;
        if (expected == null && served == null) {
            bothNull++;
            return false;
        }
        double distance = ValueDistance.between(expected, served, tolerance);
        if (distance == 0) {
            return false;
        }
        if (served == null) {
            missing++;
        } else if (expected == null) {
            extra++;
        } else {
            largest = Math.max(largest, distance);
            if (sketch) {
                return false;
            }
            different++;
        }
        if (first != null) {
            return false;
        }
        first = new Difference(row, expected, served);
        return true;
    }

    String name() {
        return name;
    }

    boolean isSketch() {
        return sketch;
    }

    /** Rows compared. */
    long total() {
        return total;
    }

    long bothNull() {
        return bothNull;
    }

    /** The training set has a value, serving had none. */
    long missing() {
        return missing;
    }

    /** Serving had a value, the training set has none. */
    long extra() {
        return extra;
    }

    /** Both have a value, another one. */
    long different() {
        return different;
    }

    /** Of the values that both have: of their numbers; infinite where no number says it. */
    double largest() {
        return largest;
    }

    boolean agrees() {
        return missing + extra + different == 0;
    }

    Optional<Difference> first() {
        return Optional.ofNullable(first);
    }
}
