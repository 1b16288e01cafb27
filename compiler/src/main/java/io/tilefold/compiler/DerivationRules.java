package io.tilefold.compiler;

import io.tilefold.core.definition.Derivation;
import io.tilefold.core.plan.DerivedOutputs;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.expressions.ExpressionException;
import io.tilefold.expressions.ExpressionTyper;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Derivations read known columns and give names of their own: SEMANTICS.md §1 and §9. */
final class DerivationRules {
    static final String READS = "a derivation reads outputs, keys, ts and ds, never another derivation";

    private DerivationRules() {}

    /**
     * Checks derivations.
     *
     * @param keys the key's columns; of a join that is not online all left columns
     * @param outputs the base outputs
     * @param hint where an expression is wrong
     */
    static void check(List<Derivation> derivations, Schema keys, Schema outputs, String hint, Findings findings) {
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
                findings.refuse(field + ".expression", derivation.expression(), e.problem(), hint);
            }
        }
    }

    /** Names and types of what remains after derivations without problems. */
    static Schema derived(List<Derivation> derivations, Schema keys, Schema outputs) {
        if (derivations.isEmpty()) {
            return outputs;
        }
        ExpressionTyper typer = new ExpressionTyper(columns(keys, outputs));
        List<Field> fields = new ArrayList<>();
        for (DerivedOutputs.Output output : DerivedOutputs.of(derivations, outputs.names())) {
            ValueType type = output.isBase()
                    ? outputs.field(outputs.indexOf(output.expression())).type()
                    : typer.typeOf(output.expression());
            fields.add(new Field(output.name(), type));
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
