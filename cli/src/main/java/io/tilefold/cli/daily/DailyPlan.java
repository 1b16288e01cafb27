package io.tilefold.cli.daily;

import io.tilefold.catalog.DefinitionIds;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.Names;
import io.tilefold.core.definition.Source;
import io.tilefold.core.definition.StagingQuery;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What is due for a day: every staging query; an upload of every online GroupBy; a backfill of every GroupBy whose {@code backfillStartDate} has come; the training sets
 * that are asked for, and behind them their labels; the training set of every join whose output one of these reads. A step needs those whose tables it reads.
 */
public final class DailyPlan {
    private final Catalog catalog;
    private final LocalDate day;
    private final Set<String> given;
    private final Map<String, StagingQuery> stagingByTable = new LinkedHashMap<>();
    private final Map<String, DailyStep> stages = new HashMap<>();
    private final Map<String, DailyStep> trainings = new HashMap<>();
    private final List<DailyStep> steps = new ArrayList<>();

    private DailyPlan(Catalog catalog, LocalDate day, Set<String> given) {
        this.catalog = catalog;
        this.day = day;
        this.given = given;
        catalog.stagingQueries().forEach(query -> stagingByTable.put(tableOf(query), query));
    }

    /**
     * The steps, each behind all that it needs.
     *
     * @param joins whose training sets are wanted
     * @param given names of tables that are computed elsewhere: of a join whose output is among them no training set is made for its readers
     * @throws IllegalArgumentException if there is no such join, or staging queries need each other in a circle
     */
    public static List<DailyStep> of(Catalog catalog, LocalDate day, List<String> joins, Set<String> given) {
        DailyPlan plan = new DailyPlan(catalog, day, given);
        catalog.stagingQueries().forEach(query -> plan.stage(query, new LinkedHashSet<>()));
        catalog.groupBys().stream()
                .filter(groupBy -> groupBy.definition().online())
                .forEach(groupBy -> plan.add(DailyStep.Kind.UPLOAD, groupBy));
        catalog.groupBys().stream()
                .filter(plan::isBackfilled)
                .forEach(groupBy -> plan.add(DailyStep.Kind.BACKFILL, groupBy));
        joins.forEach(plan::trainAndLabel);
        return List.copyOf(plan.steps);
    }

    /** The name by which other definitions read a staging query's table: SEMANTICS.md §7, without a namespace. */
    public static String tableOf(StagingQuery query) {
        return Names.clean(query.name());
    }

    /** Names of the tables that steps write and other steps read: those of staging queries, and of joins whose outputs GroupBys read. */
    static Set<String> tablesBetween(Catalog catalog) {
        Set<String> tables = new LinkedHashSet<>();
        catalog.stagingQueries().forEach(query -> tables.add(tableOf(query)));
        catalog.groupBys().stream()
                .flatMap(groupBy -> groupBy.definition().sources().stream())
                .forEach(source -> {
                    if (source instanceof Source.JoinOutput output) {
                        tables.add(Names.clean(output.join()));
                    }
                });
        return tables;
    }

    private boolean isBackfilled(CompiledGroupBy groupBy) {
        return groupBy.definition()
                .backfillStartDate()
                .filter(start -> !day.isBefore(LocalDate.parse(start)))
                .isPresent();
    }

    private DailyStep stage(StagingQuery query, Set<String> above) {
        if (query.isView()) {
            throw new IllegalArgumentException("staging query " + query.name()
                    + " is a view: the jobs of this machine have no catalog that would keep it. Leave view: true out, or give"
                    + " the job backfill --staging-query " + query.name() + " --out-table NAME to your Spark");
        }
        DailyStep known = stages.get(query.name());
        if (known != null) {
            return known;
        }
        if (!above.add(query.name())) {
            throw new IllegalArgumentException("staging queries need each other in a circle: "
                    + String.join(" -> ", above) + " -> " + query.name());
        }
        Set<DailyStep> needs = new LinkedHashSet<>();
        stagingByTable.forEach((table, other) -> {
            if (reads(query, table) && !other.name().equals(query.name())) {
                needs.add(stage(other, above));
            }
        });
        above.remove(query.name());
        DailyStep step = new DailyStep(
                DailyStep.Kind.STAGE, query.name(), DefinitionIds.of(query).hex(), needs);
        stages.put(query.name(), step);
        steps.add(step);
        return step;
    }

    /** The name stands in its SQL as a word. */
    private static boolean reads(StagingQuery query, String table) {
        return Pattern.compile("(?i)(?<![\\w.])" + Pattern.quote(table) + "(?![\\w.])")
                .matcher(query.query())
                .find();
    }

    private void add(DailyStep.Kind kind, CompiledGroupBy groupBy) {
        steps.add(new DailyStep(
                kind,
                groupBy.name(),
                groupBy.id().hex(),
                needs(groupBy.definition().sources())));
    }

    private void trainAndLabel(String name) {
        CompiledJoin join = catalog.join(name)
                .orElseThrow(() -> new IllegalArgumentException("--join " + name + ": there is no such join; there are "
                        + catalog.joins().stream().map(CompiledJoin::name).collect(Collectors.joining(", "))));
        DailyStep training = train(join);
        join.definition().labelPart().ifPresent(label -> label(join, label, training));
    }

    private DailyStep train(CompiledJoin join) {
        DailyStep known = trainings.get(join.name());
        if (known != null) {
            return known;
        }
        List<Source> sources = new ArrayList<>(List.of(join.definition().left()));
        List<String> groupBys = new ArrayList<>(join.definition().offlineGroupBys());
        join.definition().parts().forEach(part -> groupBys.add(part.groupBy()));
        for (String groupBy : groupBys) {
            catalog.groupBy(groupBy)
                    .ifPresent(compiled -> sources.addAll(compiled.definition().sources()));
        }
        DailyStep training =
                new DailyStep(DailyStep.Kind.TRAIN, join.name(), join.id().hex(), needs(sources));
        trainings.put(join.name(), training);
        steps.add(training);
        return training;
    }

    private DailyStep trainParent(Source.JoinOutput output) {
        return train(catalog.join(output.join())
                .orElseThrow(() -> new IllegalArgumentException(
                        "the catalog has no join " + output.join() + ", whose output a GroupBy reads: compile again")));
    }

    private void label(CompiledJoin join, Join.LabelPart label, DailyStep training) {
        CompiledGroupBy groupBy = catalog.groupBy(label.groupBy())
                .orElseThrow(() -> new IllegalArgumentException("join " + join.name()
                        + ", label part: the catalog has no GroupBy " + label.groupBy() + ": compile again"));
        Set<DailyStep> needs = new LinkedHashSet<>(needs(groupBy.definition().sources()));
        needs.add(training);
        String id = DefinitionIds.ofLabels(join.definition(), join.left(), List.of(groupBy.id()))
                .hex();
        steps.add(new DailyStep(DailyStep.Kind.LABEL, join.name(), id, needs));
    }

    private Set<DailyStep> needs(List<Source> sources) {
        Set<DailyStep> needs = new LinkedHashSet<>();
        for (Source source : sources) {
            if (source instanceof Source.JoinOutput output && !given.contains(Names.clean(output.join()))) {
                needs.add(trainParent(output));
            }
            for (String table : tables(source)) {
                StagingQuery query = stagingByTable.get(table);
                if (query != null) {
                    needs.add(stage(query, new LinkedHashSet<>()));
                }
            }
        }
        return needs;
    }

    private static List<String> tables(Source source) {
        List<String> tables = new ArrayList<>();
        if (source instanceof Source.Events events) {
            tables.add(events.table());
        } else if (source instanceof Source.Entities entities) {
            tables.add(entities.snapshotTable());
            entities.mutationTable().ifPresent(tables::add);
        }
        return tables;
    }
}
