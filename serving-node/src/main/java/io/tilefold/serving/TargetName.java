package io.tilefold.serving;

import java.util.Comparator;

/** A join or a GroupBy by name. */
record TargetName(boolean isJoin, String name) implements Comparable<TargetName> {
    private static final Comparator<TargetName> ORDER =
            Comparator.comparing(TargetName::isJoin).reversed().thenComparing(TargetName::name);

    @Override
    public int compareTo(TargetName other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return (isJoin ? "join " : "group-by ") + name;
    }
}
