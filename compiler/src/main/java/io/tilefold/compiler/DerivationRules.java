package io.tilefold.compiler;

import io.tilefold.core.definition.Derivation;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.expressions.ExpressionException;
import io.tilefold.expressions.ExpressionTyper;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Derivations read known columns and give names of their own: SEMANTICS.md §1 and §9. */
final class DerivationRules {
    private DerivationRules() {}

    /**
     * Checks derivations.
     *
     * @param keys the key's columns, or a join's left columns
     * @param outputs the base outputs
     */
    static void check(List<Derivation> derivations, Schema keys, Schema outputs, Findings findings) {
        if (derivations.isEmpty()) {
            return;
        }
        ExpressionTyper typer = new ExpressionTyper(columns(keys, outputs));
        Set<String> taken = new HashSet<>(keys.names());
        taken.add("ts");
        taken.add("ds");
        if (derivations.stream().anyMatch(Derivation::isWildcard)) {
            taken.addAll(outputs.names());
            derivations.forEach(derivation -> taken.remove(renamed(derivation, outputs)));
        }
        for (int i = 0; i < derivations.size(); i++) {
            Derivation derivation = derivations.get(i);
            if (derivation.isWildcard()) {
                continue;
            }
            String field = "derivations[" + i + "]";
            if (!taken.add(derivation.name())) {
                findings.refuse(
                        field + ".name", derivation.name(), "is the name of another column", "give it another name");
            }
            try {
                typer.typeOf(derivation.expression());
            } catch (ExpressionException e) {
                findings.refuse(
                        field + ".expression",
                        derivation.expression(),
                        e.problem(),
                        "a derivation reads outputs, keys, ts and ds, never another derivation");
            }
        }
    }

    /** Names and types of what remains after derivations without problems. */
    static Schema derived(List<Derivation> derivations, Schema keys, Schema outputs) {
        if (derivations.isEmpty()) {
            return outputs;
        }
        ExpressionTyper typer = new ExpressionTyper(columns(keys, outputs));
        Set<String> consumed = new HashSet<>();
        derivations.forEach(derivation -> consumed.add(renamed(derivation, outputs)));
        List<Field> fields = new ArrayList<>();
        if (derivations.stream().anyMatch(Derivation::isWildcard)) {
            outputs.fields().stream()
                    .filter(field -> !consumed.contains(field.name()))
                    .forEach(fields::add);
        }
        for (Derivation derivation : derivations) {
            if (!derivation.isWildcard()) {
                fields.add(new Field(derivation.name(), typer.typeOf(derivation.expression())));
            }
        }
        return new Schema(fields);
    }

    /** A rename consumes its input, so the input's name is free again. */
    private static String renamed(Derivation derivation, Schema outputs) {
        String expression = derivation.expression().strip();
        return outputs.find(expression).isPresent() ? expression : "";
    }

    private static Schema columns(Schema keys, Schema outputs) {
        List<Field> fields = new ArrayList<>(outputs.fields());
        for (Field field : keys.fields()) {
            addIfNew(fields, field);
        }
        addIfNew(fields, new Field("ts", Scalar.LONG));
        addIfNew(fields, new Field("ds", Scalar.STRING));
        return new Schema(fields);
    }

    private static void addIfNew(List<Field> fields, Field field) {
        if (fields.stream().noneMatch(known -> known.name().equals(field.name()))) {
            fields.add(field);
        }
    }
}
