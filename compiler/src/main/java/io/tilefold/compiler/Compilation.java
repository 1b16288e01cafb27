package io.tilefold.compiler;

import io.tilefold.compiler.yaml.Problem;
import io.tilefold.core.definition.Catalog;
import java.util.List;

/**
 * What came out of compiling a set of definitions.
 *
 * @param catalog the definitions without problems: write it only if none is refused
 * @param problems why definitions are refused, sorted by file and line; empty if none is
 * @param warnings what is allowed and probably not meant, sorted
 */
public record Compilation(Catalog catalog, List<Problem> problems, List<Problem> warnings) {
    public Compilation {
        problems = List.copyOf(problems);
        warnings = List.copyOf(warnings);
    }

    public boolean isRefused() {
        return !problems.isEmpty();
    }
}
