package io.tilefold.cli.replay;

import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.Derivation;
import io.tilefold.core.definition.Join.ExternalPart;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Names;
import io.tilefold.core.definition.Source;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.value.Field;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Outputs that a replay cannot compare, and why: what another service is asked for online, and a table or nothing gives offline; what a derivation makes of it; and all outputs of a
 * GroupBy that reads it in the output of a join. A derivation reads a column whose name stands in its expression.
 */
final class Uncompared {
    private final Catalog catalog;

    private Uncompared(Catalog catalog) {
        this.catalog = catalog;
    }

    /**
     * Of a join.
     *
     * @param catalog what is served
     * @return output to reason
     */
    static Map<String, String> of(Catalog catalog, CompiledJoin join) {
        return new Uncompared(catalog).outputs(join);
    }

    private Map<String, String> outputs(CompiledJoin join) {
        Map<String, String> reasons = new LinkedHashMap<>();
        for (JoinPart part : join.definition().parts()) {
            CompiledGroupBy groupBy = catalog.groupBy(part.groupBy()).orElseThrow();
            reason(groupBy)
                    .ifPresent(why ->
                            names(groupBy).forEach(name -> reasons.put(Names.joinOutput(part.name(), name), why)));
        }
        for (ExternalPart part : join.definition().externalParts()) {
            String source = Names.external(part.prefix().orElse(null), part.name());
            for (Field field : part.values().fields()) {
                reasons.put(Names.joinOutput(source, field.name()), reason(join, part));
            }
        }
        Map<String, String> all = new LinkedHashMap<>(reasons);
        for (Derivation derivation : join.definition().derivations()) {
            if (!derivation.isWildcard()) {
                all.remove(derivation.name());
                read(derivation, reasons).ifPresent(why -> all.put(derivation.name(), why));
            }
        }
        return all;
    }

    private static String reason(CompiledJoin join, ExternalPart part) {
        return "external part " + part.name() + " of join " + join.name() + ": a replay asks no other service; offline "
                + part.offlineGroupBy().map(groupBy -> "GroupBy " + groupBy).orElse("nothing") + " stands for it";
    }

    private static Optional<String> read(Derivation derivation, Map<String, String> reasons) {
        return reasons.entrySet().stream()
                .filter(column -> Pattern.compile("(?i)(?<!\\w)" + Pattern.quote(column.getKey()) + "(?!\\w)")
                        .matcher(derivation.expression())
                        .find())
                .map(Map.Entry::getValue)
                .findFirst();
    }

    private Optional<String> reason(CompiledGroupBy groupBy) {
        List<Source> sources = groupBy.definition().sources();
        for (int i = 0; i < sources.size(); i++) {
            if (sources.get(i) instanceof Source.JoinOutput output && Chain.isAsked(groupBy, output)) {
                Map<String, String> ofParent =
                        outputs(catalog.join(output.join()).orElseThrow());
                for (Field column : groupBy.sourceSchemas().get(i).fields()) {
                    String why = ofParent.get(column.name());
                    if (why != null) {
                        return Optional.of("GroupBy " + groupBy.name() + " reads " + column.name() + " of join "
                                + output.join() + " (" + why + ")");
                    }
                }
            }
        }
        return Optional.empty();
    }

    /** Before and behind its derivations. */
    private static Stream<String> names(CompiledGroupBy groupBy) {
        return Stream.concat(
                GroupByPlan.compile(groupBy.definition(), groupBy.selected()).outputSchema().names().stream(),
                groupBy.definition().derivations().stream()
                        .filter(derivation -> !derivation.isWildcard())
                        .map(Derivation::name));
    }
}
