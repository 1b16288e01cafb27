package io.tilefold.core.algebra;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The registry: every operation there is, by name. */
public final class Operations {
    private static final Map<String, Operation> BY_NAME = new LinkedHashMap<>();

    static {
        register(new Count());
        register(new Sum());
        register(new Average());
        Ranked.operations().forEach(Operations::register);
        register(new Variance());
        register(new Skew());
        register(new Kurtosis());
        register(new UniqueCount());
        register(new BoundedUniqueCount());
        register(new ApproxUniqueCount());
        register(new ApproxPercentile());
        register(new Histogram());
        register(new ApproxHistogram());
    }

    private Operations() {}

    public static Optional<Operation> find(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    public static Collection<Operation> all() {
        return Collections.unmodifiableCollection(BY_NAME.values());
    }

    /**
     * One inner state per value of a bucket column; the output is a map.
     *
     * @param bucketColumn index of the bucket, a string, in the row
     */
    public static Accumulator bucketed(Accumulator inner, int bucketColumn, OperationArgs args) {
        return new Bucketed(inner, bucketColumn, args.blobBound());
    }

    private static void register(Operation operation) {
        BY_NAME.put(operation.name(), operation);
    }
}
