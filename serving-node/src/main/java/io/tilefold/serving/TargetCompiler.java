package io.tilefold.serving;

import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Names;
import io.tilefold.core.plan.DefinitionException;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Compiles a catalog's joins and GroupBys to target plans. One that cannot be served is kept with its reason; the others go on. */
final class TargetCompiler {
    private static final Logger LOG = LoggerFactory.getLogger(TargetCompiler.class);

    private final Catalog catalog;
    private final ExpressionCache.Expressions expressions;
    private final Map<String, GroupByPlan> plans = new LinkedHashMap<>();
    private final Map<String, String> refusedGroupBys = new LinkedHashMap<>();
    private final Map<String, String> refusedJoins = new LinkedHashMap<>();

    /** This definition cannot be served. */
    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        Refused(String reason) {
            super(reason);
        }
    }

    /** @param expressions are asked for what is no rename only */
    TargetCompiler(Catalog catalog, ExpressionCache.Expressions expressions) {
        this.catalog = catalog;
        this.expressions = expressions;
    }

    Targets compile() {
        Map<String, TargetPlan> groupBys = new LinkedHashMap<>();
        for (CompiledGroupBy compiled : catalog.groupBys()) {
            try {
                plans.put(compiled.name(), plan(compiled));
                groupBys.put(compiled.name(), groupBy(compiled));
            } catch (Refused | IllegalArgumentException refusal) {
                refusedGroupBys.put(compiled.name(), refuse("group-by", compiled.name(), refusal));
            }
        }
        Map<String, TargetPlan> joins = new LinkedHashMap<>();
        for (CompiledJoin compiled : catalog.joins()) {
            try {
                joins.put(compiled.name(), join(compiled));
            } catch (Refused | IllegalArgumentException refusal) {
                refusedJoins.put(compiled.name(), refuse("join", compiled.name(), refusal));
            }
        }
        return new Targets(
                new Targets.Kind("join", joins, refusedJoins), new Targets.Kind("group-by", groupBys, refusedGroupBys));
    }

    private static String refuse(String word, String name, Exception refusal) {
        LOG.info("{} {} is not served: {}", word, name, refusal.getMessage());
        return String.valueOf(refusal.getMessage());
    }

    private static GroupByPlan plan(CompiledGroupBy compiled) throws Refused {
        GroupBy definition = compiled.definition();
        if (!definition.online()) {
            throw new Refused("it is not online: set online: true and compile again");
        }
        try {
            return GroupByPlan.compile(definition, compiled.selected());
        } catch (DefinitionException invalid) {
            throw new Refused(String.valueOf(invalid.getMessage()));
        }
    }

    private TargetPlan groupBy(CompiledGroupBy compiled) {
        GroupByPlan plan = plan(compiled.name());
        KeySets keySets = new KeySets();
        plan.keys().fields().forEach(keySets::column);
        keySets.finish();
        PartPlan part = part(0, Names.part(null, compiled.name()), compiled, 0, UnaryOperator.identity());
        TargetOutputs outputs = new TargetOutputs(expressions);
        outputs.part(part, keySets.sets().get(0), UnaryOperator.identity());
        return new TargetPlan(
                new TargetName(false, compiled.name()),
                plan.keys(),
                keySets.sets(),
                List.of(part),
                List.of(),
                Schema.of(),
                outputs.outputs(),
                outputs.derived(),
                OptionalInt.empty(),
                compiled.definition().metaData());
    }

    private TargetPlan join(CompiledJoin compiled) throws Refused {
        Join definition = compiled.definition();
        if (!definition.online()) {
            throw new Refused("it is not online: set online: true and compile again");
        }
        KeySets keySets = new KeySets();
        List<PartPlan> parts = new ArrayList<>();
        for (JoinPart part : definition.parts()) {
            parts.add(joinPart(parts.size(), compiled.left(), part, keySets));
        }
        OptionalInt budgetMs = definition.latencyBudgetMs().stream()
                .mapToInt(Integer::intValue)
                .findFirst();
        TargetOutputs outputs = new TargetOutputs(expressions);
        for (PartPlan part : parts) {
            outputs.part(part, keySets.sets().get(part.keySet()), output -> Names.joinOutput(part.name(), output));
        }
        List<ExternalPlan> externals = externals(definition, compiled.left(), keySets, parts.size());
        for (int i = 0; i < externals.size(); i++) {
            outputs.external(externals.get(i), i);
        }
        Schema contextual = definition.contextual().orElse(Schema.of());
        outputs.contextual(contextual);
        Schema keys = new Schema(keySets.columns());
        outputs.derive(definition.derivations(), keys);
        return new TargetPlan(
                new TargetName(true, compiled.name()),
                keys,
                keySets.sets(),
                parts,
                externals,
                contextual,
                outputs.outputs(),
                outputs.derived(),
                budgetMs,
                definition.metaData());
    }

    private PartPlan joinPart(int index, Schema left, JoinPart part, KeySets keySets) throws Refused {
        String name = part.groupBy();
        CompiledGroupBy compiled =
                catalog.groupBy(name).orElseThrow(() -> new Refused("its part " + name + " is not in the catalog"));
        String refused = refusedGroupBys.get(name);
        if (refused != null) {
            throw new Refused("its part " + name + " is not served: " + refused);
        }
        for (Field right : plan(name).keys().fields()) {
            String column = part.leftColumnOf(right.name());
            Field key = left.find(column)
                    .orElseThrow(() -> new Refused("key " + right.name() + " of its part " + name
                            + " is mapped to left column " + column + ", which the left does not select"));
            checkWidens("part " + part.groupBy(), key, right);
            keySets.column(key);
        }
        return part(index, part.name(), compiled, keySets.finish(), output -> Names.joinOutput(part.name(), output));
    }

    private static List<ExternalPlan> externals(Join definition, Schema left, KeySets keySets, int firstIndex)
            throws Refused {
        List<ExternalPlan> externals = new ArrayList<>();
        for (Join.ExternalPart part : definition.externalParts()) {
            List<Integer> keyColumns = new ArrayList<>();
            for (Field key : part.keys().fields()) {
                String column = part.leftColumnOf(key.name());
                Field field = left.find(column)
                        .orElseThrow(() -> new Refused("key " + key.name() + " of its external part " + part.name()
                                + " is mapped to left column " + column + ", which the left does not select"));
                checkWidens("external part " + part.name(), field, key);
                keyColumns.add(keySets.columnOutsideSets(field));
            }
            externals.add(new ExternalPlan(firstIndex + externals.size(), part, keyColumns));
        }
        return externals;
    }

    private static void checkWidens(String part, Field left, Field right) throws Refused {
        boolean widens = left.type().equals(right.type())
                || left.type().isInteger()
                        && right.type().isInteger()
                        && IntegerRange.of(left.type()).fitsIn(IntegerRange.of(right.type()));
        if (!widens) {
            throw new Refused("left column " + left + " does not widen to key " + right + " of its " + part
                    + ": cast it in the left's selects");
        }
    }

    private PartPlan part(
            int index, String name, CompiledGroupBy compiled, int keySet, UnaryOperator<String> outputName) {
        GroupByPlan plan = plan(compiled.name());
        GroupBy definition = compiled.definition();
        boolean streams = definition.accuracy() == Accuracy.TEMPORAL
                && definition.streamingSource().isPresent();
        List<Field> outputs = plan.outputSchema().fields().stream()
                .map(field -> new Field(outputName.apply(field.name()), field.type()))
                .toList();
        return new PartPlan(index, name, compiled, plan, keySet, streams, outputs);
    }

    private GroupByPlan plan(String groupBy) {
        GroupByPlan plan = plans.get(groupBy);
        if (plan == null) {
            throw new IllegalStateException("no plan of group-by " + groupBy);
        }
        return plan;
    }
}
