package io.tilefold.serving;

import io.tilefold.core.definition.Derivation;
import io.tilefold.core.definition.Names;
import io.tilefold.core.plan.DerivedOutputs;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.expressions.ExpressionException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Gathers a target's outputs while it is compiled: those of its parts, then its contextual fields, then what it derives from them. What is kept or
 * renamed is the same cell under its name; only expressions become columns of their own.
 */
final class TargetOutputs {
    private final ExpressionCache.Expressions expressions;
    private final List<DerivedColumn> derived = new ArrayList<>();
    private List<TargetOutput> outputs = new ArrayList<>();

    TargetOutputs(ExpressionCache.Expressions expressions) {
        this.expressions = expressions;
    }

    /**
     * A part's outputs after its GroupBy's own derivations.
     *
     * @param keyColumns in step with the GroupBy's keys, indexes in the target
     * @param name gives an output's name in the target
     * @throws IllegalArgumentException naming the derivation that does not compile
     */
    void part(PartPlan part, int[] keyColumns, UnaryOperator<String> name) {
        Map<String, TargetOutput> base = new LinkedHashMap<>();
        List<Field> fields = part.plan().outputSchema().fields();
        for (int i = 0; i < fields.size(); i++) {
            Cell cell = Cell.ofPart(part.index(), i);
            base.put(
                    fields.get(i).name(),
                    TargetOutput.of(fields.get(i), cell, part.index(), List.of(part.index()), ""));
        }
        DerivationScope scope = new DerivationScope();
        base.forEach(scope::output);
        for (int i = 0; i < keyColumns.length; i++) {
            scope.key(part.plan().keys().field(i), keyColumns[i]);
        }
        scope.row();
        List<Derivation> derivations = part.compiled().definition().derivations();
        for (TargetOutput output : derive(derivations, base, scope, part.index())) {
            String renamed = output.expression().isEmpty() || output.cell().kind() == Cell.Kind.DERIVED
                    ? output.expression()
                    : name.apply(output.expression());
            outputs.add(output.renamed(name.apply(output.name()), part.index(), renamed));
        }
    }

    /** An external part's outputs. */
    void external(ExternalPlan plan, int number) {
        for (int i = 0; i < plan.values().size(); i++) {
            Field value = plan.values().get(i);
            Field output = new Field(Names.joinOutput(plan.name(), value.name()), value.type());
            outputs.add(TargetOutput.of(output, Cell.external(number, i), plan.index(), List.of(plan.index()), ""));
        }
    }

    /** The fields that a request gives and the answer echoes. */
    void contextual(Schema fields) {
        for (int i = 0; i < fields.size(); i++) {
            Field field = fields.field(i);
            Field output = new Field(Names.contextual(field.name()), field.type());
            outputs.add(TargetOutput.of(output, Cell.contextual(i), TargetOutput.OF_NO_PART, List.of(), ""));
        }
    }

    /**
     * Derives from all outputs so far.
     *
     * @param keys of the target
     * @throws IllegalArgumentException naming the derivation that does not compile
     */
    void derive(List<Derivation> derivations, Schema keys) {
        Map<String, TargetOutput> base = new LinkedHashMap<>();
        outputs.forEach(output -> base.put(output.name(), output));
        DerivationScope scope = new DerivationScope();
        base.forEach(scope::output);
        for (int i = 0; i < keys.size(); i++) {
            scope.key(keys.field(i), i);
        }
        scope.row();
        outputs = derive(derivations, base, scope, TargetOutput.OF_NO_PART);
    }

    private List<TargetOutput> derive(
            List<Derivation> derivations, Map<String, TargetOutput> base, DerivationScope scope, int part) {
        List<TargetOutput> remaining = new ArrayList<>();
        for (DerivedOutputs.Output output : DerivedOutputs.of(derivations, List.copyOf(base.keySet()))) {
            TargetOutput same = output.isBase() ? base.get(output.expression()) : null;
            if (same == null) {
                remaining.add(computed(output.name(), output.expression(), scope, part));
            } else if (output.name().equals(output.expression())) {
                remaining.add(same);
            } else {
                remaining.add(same.renamed(output.name(), part, output.expression()));
            }
        }
        return remaining;
    }

    private TargetOutput computed(String name, String expression, DerivationScope scope, int part) {
        DerivedColumn column;
        try {
            column = scope.compile(name, expression, expressions);
        } catch (ExpressionException wrong) {
            throw new IllegalArgumentException(
                    "its derivation " + name + " does not compile: " + wrong.getMessage(), wrong);
        }
        derived.add(column);
        Cell cell = Cell.derived(derived.size() - 1);
        return TargetOutput.of(column.field(), cell, part, column.reads(), expression);
    }

    /** All, in the order of answers: those of parts, part by part, before the target's own. */
    List<TargetOutput> outputs() {
        return List.copyOf(outputs);
    }

    /** Those of parts before those that read them. */
    List<DerivedColumn> derived() {
        return List.copyOf(derived);
    }
}
