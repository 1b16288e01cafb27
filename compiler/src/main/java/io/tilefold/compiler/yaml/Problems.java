package io.tilefold.compiler.yaml;

import java.util.List;
import java.util.TreeSet;

/** Collects problems, so that one run shows all of them. A problem reported twice is one. Not thread safe. */
public final class Problems {
    private final TreeSet<Problem> found = new TreeSet<>();

    public void add(Problem problem) {
        found.add(problem);
    }

    public boolean isEmpty() {
        return found.isEmpty();
    }

    /** How many there are: readers compare it before and after, to know whether what they read is whole. */
    public int count() {
        return found.size();
    }

    /** Sorted by file, line and field. */
    public List<Problem> sorted() {
        return List.copyOf(found);
    }
}
