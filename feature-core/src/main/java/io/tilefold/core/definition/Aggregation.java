package io.tilefold.core.definition;

import io.tilefold.core.algebra.OperationArgs;
import io.tilefold.core.time.Window;
import java.util.List;

/**
 * One aggregation of a GroupBy; expands to buckets × windows outputs.
 *
 * @param operation name of the operation, as in SEMANTICS.md §5
 * @param windows none: all of history
 * @param buckets string columns; none: one value, not a map
 */
public record Aggregation(
        String inputColumn,
        String operation,
        OperationArgs args,
        List<Window> windows,
        List<String> buckets,
        boolean elementWise) {
    public Aggregation {
        windows = List.copyOf(windows);
        buckets = List.copyOf(buckets);
    }

    public static Builder of(String operation, String inputColumn) {
        return new Builder(operation, inputColumn);
    }

    /** The windows, all of history where none is given. */
    public List<Window> effectiveWindows() {
        return windows.isEmpty() ? List.of(Window.ALL) : windows;
    }

    /** Builds an aggregation of one operation over one column. */
    public static final class Builder {
        private final String operation;
        private final String inputColumn;
        private OperationArgs args = OperationArgs.NONE;
        private List<Window> windows = List.of();
        private List<String> buckets = List.of();
        private boolean elementWise;

        private Builder(String operation, String inputColumn) {
            this.operation = operation;
            this.inputColumn = inputColumn;
        }

        public Builder k(int k) {
            args = OperationArgs.k(k);
            return this;
        }

        public Builder args(OperationArgs operationArgs) {
            args = operationArgs;
            return this;
        }

        /** {@code "7d"}, {@code "12h"}. */
        public Builder windows(String... labels) {
            windows = java.util.Arrays.stream(labels).map(Window::parse).toList();
            return this;
        }

        public Builder windows(List<Window> parsed) {
            windows = parsed;
            return this;
        }

        public Builder buckets(String... columns) {
            buckets = List.of(columns);
            return this;
        }

        public Builder elementWise() {
            elementWise = true;
            return this;
        }

        public Aggregation build() {
            return new Aggregation(inputColumn, operation, args, windows, buckets, elementWise);
        }
    }
}
