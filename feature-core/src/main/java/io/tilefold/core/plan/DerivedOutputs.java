package io.tilefold.core.plan;

import io.tilefold.core.definition.Derivation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What remains of base outputs after derivations, by name: SEMANTICS.md §1. */
public final class DerivedOutputs {
    private DerivedOutputs() {}

    /**
     * One output that remains.
     *
     * @param expression the base output that it is, kept or renamed; else Spark SQL
     */
    public record Output(String name, String expression, boolean isBase) {}

    /** With a wildcard the outputs that no derivation renames, then the derivations in their order; without derivations all outputs. */
    public static List<Output> of(List<Derivation> derivations, List<String> outputs) {
        Set<String> base = new HashSet<>(outputs);
        Set<String> renamed = new HashSet<>();
        derivations.forEach(derivation -> renamed.add(derivation.expression().strip()));
        List<Output> remaining = new ArrayList<>();
        if (derivations.isEmpty() || derivations.stream().anyMatch(Derivation::isWildcard)) {
            outputs.stream()
                    .filter(output -> !renamed.contains(output))
                    .forEach(output -> remaining.add(new Output(output, output, true)));
        }
        for (Derivation derivation : derivations) {
            if (!derivation.isWildcard()) {
                String expression = derivation.expression().strip();
                remaining.add(new Output(derivation.name(), expression, base.contains(expression)));
            }
        }
        return remaining;
    }
}
