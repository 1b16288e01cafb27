package io.tilefold.compiler;

import io.tilefold.compiler.yaml.Location;
import io.tilefold.compiler.yaml.Problem;
import io.tilefold.compiler.yaml.Problems;

/** What the compiler finds in one definition: located, and collected with that of all others. */
final class Findings {
    private final Location location;
    private final Problems problems;
    private final Problems warnings;
    private boolean refused;

    Findings(Location location, Problems problems, Problems warnings) {
        this.location = location;
        this.problems = problems;
        this.warnings = warnings;
    }

    void refuse(String field, String value, String problem, String hint) {
        refused = true;
        problems.add(problem(field, value, problem, hint));
    }

    void warn(String field, String value, String problem, String hint) {
        warnings.add(problem(field, value, problem, hint));
    }

    boolean isRefused() {
        return refused;
    }

    private Problem problem(String field, String value, String problem, String hint) {
        return new Problem(location.file(), location.line(field), field, value, problem, hint);
    }
}
