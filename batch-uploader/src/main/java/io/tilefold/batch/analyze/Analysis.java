package io.tilefold.batch.analyze;

import io.tilefold.batch.Days;
import io.tilefold.batch.JobException;
import io.tilefold.batch.MutationColumns;
import io.tilefold.batch.ScanRange;
import io.tilefold.batch.Table;
import io.tilefold.batch.Tables;
import io.tilefold.batch.analyze.Finding.Verdict;
import io.tilefold.batch.analyze.TableAnalysis.Kind;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Names;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;

/** The checks of a join or a GroupBy before a run over some days. Confined to one thread. */
final class Analysis {
    private final SparkSession spark;
    private final Tables tables;
    private final LocalDate start;
    private final LocalDate end;
    private final int sampleDays;
    private final Findings findings = new Findings();

    /**
     * @param start first day of the run
     * @param end last day
     * @param sampleDays partitions read of each table, evenly spread
     */
    Analysis(SparkSession spark, Tables tables, LocalDate start, LocalDate end, int sampleDays) {
        this.spark = spark;
        this.tables = tables;
        this.start = start;
        this.end = end;
        this.sampleDays = sampleDays;
    }

    Findings of(Catalog catalog, CompiledJoin join) {
        left(catalog, join);
        Set<String> groupBys = new LinkedHashSet<>();
        List<Field> outputs = new ArrayList<>();
        for (JoinPart part : join.definition().parts()) {
            CompiledGroupBy groupBy = groupBy(catalog, join, part.groupBy());
            keyTypes(join, "part " + part.name(), part, groupBy);
            if (groupBys.add(groupBy.name())) {
                sources(groupBy);
            }
            plan(groupBy)
                    .outputSchema()
                    .fields()
                    .forEach(
                            field -> outputs.add(new Field(Names.joinOutput(part.name(), field.name()), field.type())));
        }
        for (String name : join.definition().offlineGroupBys()) {
            if (groupBys.add(name)) {
                sources(groupBy(catalog, join, name));
            }
        }
        join.definition().labelPart().ifPresent(label -> labels(catalog, join, label, groupBys));
        schema("Join " + join.name(), outputs);
        return findings;
    }

    /** Of the label days that rows of the run's days have; which of them have come already is no error. */
    private void labels(Catalog catalog, CompiledJoin join, Join.LabelPart label, Set<String> analyzed) {
        CompiledGroupBy groupBy = groupBy(catalog, join, label.groupBy());
        String subject = "Join " + join.name() + ", label part";
        keyTypes(join, "label part", label.part(), groupBy);
        LocalDate first = start.plusDays(label.endDays() - 1L);
        LocalDate last = end.plusDays(label.startDays() - 1L);
        if (analyzed.add(groupBy.name())) {
            sources(groupBy, first, last, false);
        }
        labelDays(subject, groupBy, first, last);
        findings.add(
                Verdict.OK,
                subject,
                "labels",
                plan(groupBy).outputSchema().fields().stream()
                                .map(field -> new Field(
                                                Names.label(Names.joinOutput(
                                                        label.part().name(), field.name())),
                                                field.type())
                                        .toString())
                                .collect(Collectors.joining(", "))
                        + "; label days " + first + " to " + last);
    }

    private void labelDays(String subject, CompiledGroupBy groupBy, LocalDate first, LocalDate last) {
        for (Source source : groupBy.definition().sources()) {
            List<LocalDate> available;
            try {
                available =
                        tables.find(tableName(source)).partitions(source.query().partitionColumn());
            } catch (JobException e) {
                continue; // said of its table
            }
            LocalDate newest = available.get(available.size() - 1);
            if (newest.isBefore(first)) {
                findings.add(
                        Verdict.WARNING,
                        subject,
                        "label days",
                        "no row of these days has labels yet: " + tableName(source) + " ends with " + newest
                                + ", the first label day is " + first);
            } else {
                findings.add(
                        Verdict.OK,
                        subject,
                        "label days",
                        tableName(source) + " has " + (newest.isBefore(last) ? "those up to " + newest : "all") + ", "
                                + first + " to " + last);
            }
        }
    }

    private static CompiledGroupBy groupBy(Catalog catalog, CompiledJoin join, String name) {
        return catalog.groupBy(name)
                .orElseThrow(() -> new JobException(
                        "join " + join.name() + ": the catalog has no GroupBy " + name + ": compile again"));
    }

    Findings of(CompiledGroupBy groupBy) {
        sources(groupBy);
        schema("GroupBy " + groupBy.name(), plan(groupBy).outputSchema().fields());
        return findings;
    }

    private void left(Catalog catalog, CompiledJoin join) {
        Source left = join.definition().left();
        // Of the first part: a key of all columns together would hide one that is heavy.
        List<String> keys = join.definition().parts().stream()
                .limit(1)
                .flatMap(part -> catalog.groupBy(part.groupBy()).stream()
                        .flatMap(groupBy -> groupBy.definition().keys().stream())
                        .map(part::leftColumnOf))
                .toList();
        boolean isOfEvents = left instanceof Source.Events;
        table(
                "Join " + join.name() + ", left",
                tableName(left),
                left.query(),
                join.leftSource(),
                join.left(),
                keys,
                isOfEvents ? Kind.LEFT_EVENTS : Kind.ENTITIES,
                new ScanRange(Optional.of(start), end, false, Optional.of("")));
    }

    private void sources(CompiledGroupBy groupBy) {
        sources(groupBy, start, end, true);
    }

    /** @param needsEnd a last day without a partition ends the run */
    private void sources(CompiledGroupBy groupBy, LocalDate first, LocalDate last, boolean needsEnd) {
        GroupByPlan plan = plan(groupBy);
        List<Source> sources = groupBy.definition().sources();
        for (int i = 0; i < sources.size(); i++) {
            Source source = sources.get(i);
            ScanRange range = source instanceof Source.Events events
                    ? ScanRange.between(plan, events, Days.startMs(first), Days.startMs(last.plusDays(1)))
                    : new ScanRange(Optional.of(first.minusDays(1)), last, false, Optional.of(""));
            table(
                    "GroupBy " + groupBy.name() + ", " + tableName(source),
                    tableName(source),
                    source.query(),
                    groupBy.sourceSchemas().get(i),
                    groupBy.selected(),
                    groupBy.definition().keys(),
                    source instanceof Source.Entities ? Kind.ENTITIES : Kind.EVENTS,
                    needsEnd ? range : upToNewest(source, range));
            if (source instanceof Source.Entities entities && plan.isMutable()) {
                mutations(groupBy, entities, groupBy.sourceSchemas().get(i), first, last);
            }
        }
    }

    private void mutations(
            CompiledGroupBy groupBy, Source.Entities entities, Schema declared, LocalDate first, LocalDate last) {
        String name = entities.mutationTable().orElseThrow();
        Query query = entities.query();
        MutationColumns columns = MutationColumns.of(query);
        Query timed = new Query(
                query.selects(),
                query.wheres(),
                Optional.of("`" + columns.time() + "`"),
                query.setups(),
                query.partitionColumn(),
                query.startPartition(),
                query.endPartition(),
                query.mutationTimeColumn(),
                query.reversalColumn());
        table(
                "GroupBy " + groupBy.name() + ", " + name,
                name,
                timed,
                columns.with(declared),
                groupBy.selected(),
                groupBy.definition().keys(),
                Kind.MUTATIONS,
                new ScanRange(Optional.of(first), last, false, Optional.of("")));
    }

    /** A range that ends with what is there. */
    private ScanRange upToNewest(Source source, ScanRange range) {
        try {
            List<LocalDate> available =
                    tables.find(tableName(source)).partitions(source.query().partitionColumn());
            LocalDate newest = available.get(available.size() - 1);
            return new ScanRange(
                    range.from().filter(newest::isAfter),
                    newest.isBefore(range.to()) ? newest : range.to(),
                    range.latestOnly(),
                    Optional.empty());
        } catch (JobException e) {
            return range; // said of the table
        }
    }

    private void table(
            String subject,
            String name,
            Query query,
            Schema declared,
            Schema selected,
            List<String> keys,
            Kind kind,
            ScanRange range) {
        Table table;
        try {
            table = tables.find(name);
        } catch (JobException e) {
            findings.add(Verdict.ERROR, subject, "table", String.valueOf(e.getMessage()));
            return;
        }
        new TableAnalysis(spark, subject, table, query, declared, selected, keys, kind, findings)
                .run(range, sampleDays);
    }

    private static String tableName(Source source) {
        if (source instanceof Source.Events events) {
            return events.table();
        }
        if (source instanceof Source.Entities entities) {
            return entities.snapshotTable();
        }
        throw new JobException("the output of join " + ((Source.JoinOutput) source).join()
                + " as a source cannot be analyzed: analyze that join");
    }

    private void keyTypes(CompiledJoin join, String which, JoinPart part, CompiledGroupBy groupBy) {
        List<String> kinds = new ArrayList<>();
        Verdict verdict = Verdict.OK;
        for (String key : groupBy.definition().keys()) {
            String leftName = part.leftColumnOf(key);
            Optional<Field> left = join.left().find(leftName);
            ValueType right = groupBy.selected().find(key).orElseThrow().type();
            if (left.isEmpty() || !fits(left.get().type(), right)) {
                verdict = Verdict.ERROR;
            }
            kinds.add(leftName + " "
                    + left.map(field -> field.type().toString()).orElse("(not selected)") + " = " + key + " " + right);
        }
        findings.add(
                verdict,
                "Join " + join.name() + ", " + which,
                "key types",
                String.join(", ", kinds) + (verdict == Verdict.OK ? "" : ": no row would match; cast in selects"));
    }

    private static boolean fits(ValueType left, ValueType right) {
        return left.equals(right) || left.isInteger() && right.isInteger();
    }

    private void schema(String subject, List<Field> outputs) {
        findings.add(
                Verdict.OK,
                subject,
                "schema",
                outputs.size() + " features: "
                        + outputs.stream().map(Field::toString).collect(Collectors.joining(", ")));
    }

    private static GroupByPlan plan(CompiledGroupBy groupBy) {
        return GroupByPlan.compile(groupBy.definition(), groupBy.selected());
    }
}
