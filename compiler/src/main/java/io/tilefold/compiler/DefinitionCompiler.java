package io.tilefold.compiler;

import io.tilefold.compiler.reader.DefinitionFiles;
import io.tilefold.compiler.reader.DefinitionSet;
import io.tilefold.compiler.reader.Located;
import io.tilefold.compiler.yaml.Location;
import io.tilefold.compiler.yaml.Problem;
import io.tilefold.compiler.yaml.Problems;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.Names;
import io.tilefold.core.definition.Source;
import io.tilefold.core.definition.StagingQuery;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Compiles definitions to a catalog: checks the rules of SEMANTICS.md §9, types every column through Spark's analyzer, and gives each
 * definition its content id. All problems are found, not the first. The first compilation in a JVM takes about two seconds more, for
 * loading Catalyst.
 */
public final class DefinitionCompiler {
    private final DefinitionSet definitions;
    private final Tables tables;
    private final Problems problems;
    private final Problems warnings = new Problems();

    private DefinitionCompiler(DefinitionSet definitions, WarehouseSchemas warehouse, Problems problems) {
        this.definitions = definitions;
        this.tables = new Tables(definitions.tables(), warehouse);
        this.problems = problems;
    }

    /** Reads and compiles every {@code .yaml} and {@code .yml} file of a directory. */
    public static Compilation compile(Path directory, WarehouseSchemas warehouse) {
        Problems problems = new Problems();
        return new DefinitionCompiler(DefinitionFiles.read(directory, problems), warehouse, problems).compile();
    }

    /** Compiles definitions read or built elsewhere. */
    public static Compilation compile(DefinitionSet definitions, WarehouseSchemas warehouse) {
        return new DefinitionCompiler(definitions, warehouse, new Problems()).compile();
    }

    private Compilation compile() {
        namesDiffer();
        CompileOrder order = new CompileOrder(definitions);
        Joins parents = new Joins(definitions.joins());
        GroupBys parts = new GroupBys(definitions);
        List<CompiledGroupBy> groupBys = new ArrayList<>();
        List<CompiledJoin> joins = new ArrayList<>();
        for (Located<?> one : order.order()) {
            if (one.definition() instanceof GroupBy groupBy) {
                new GroupByCompiler(one, groupBy, tables, parents, findings(one))
                        .compile()
                        .ifPresent(compiled -> {
                            groupBys.add(compiled);
                            parts.add(compiled);
                        });
            } else {
                new JoinCompiler(one, (Join) one.definition(), tables, parts, findings(one))
                        .compile()
                        .ifPresent(parent -> {
                            joins.add(parent.join());
                            parents.add(parent);
                        });
            }
        }
        order.circular().forEach(this::refuseCircle);
        List<StagingQuery> stagingQueries =
                definitions.stagingQueries().stream().map(Located::definition).toList();
        definitions.stagingQueries().forEach(one -> {
            checkView(one.definition(), findings(one));
            SetupRules.check(one.definition(), findings(one));
        });
        return new Compilation(new Catalog(groupBys, joins, stagingQueries), problems.sorted(), warnings.sorted());
    }

    /** Said of the GroupBys in it: each takes part by a source. */
    private void refuseCircle(Located<?> one) {
        if (!(one.definition() instanceof GroupBy groupBy)) {
            return;
        }
        for (int i = 0; i < groupBy.sources().size(); i++) {
            if (groupBy.sources().get(i) instanceof Source.JoinOutput output) {
                findings(one)
                        .refuse(
                                Sources.path("sources[" + i + "]", output) + ".join",
                                output.join(),
                                "join " + output.join() + " and GroupBy " + groupBy.name()
                                        + " wait for each other, or for others that do: a circle",
                                "take a GroupBy that reads the join's output out of what the join reads");
            }
        }
    }

    /** A view is read at any time: it knows no chunk of a run. */
    private static void checkView(StagingQuery query, Findings findings) {
        if (!query.isView()) {
            return;
        }
        query.startPartition()
                .ifPresent(start -> findings.refuse(
                        "startPartition",
                        start,
                        "a view is not written day by day",
                        "leave startPartition out, or view: true"));
        query.macros().stream()
                .filter(macro -> macro.equals("start_date") || macro.equals("end_date"))
                .distinct()
                .forEach(macro -> findings.refuse(
                        "query",
                        "{{ " + macro + " }}",
                        "is the day of a run's chunk, and a view is read at any time",
                        "use {{ latest_date }} or {{ max_date(table=NAME) }}, or leave view: true out"));
    }

    private Findings findings(Located<?> located) {
        return new Findings(located.location(), problems, warnings);
    }

    /** Names become table names, so they differ after cleaning (SEMANTICS.md §7). */
    private void namesDiffer() {
        Map<String, String> first = new HashMap<>();
        definitions.groupBys().forEach(one -> claim("GroupBy", one.definition().name(), one.location(), first));
        definitions.joins().forEach(one -> claim("Join", one.definition().name(), one.location(), first));
        definitions
                .stagingQueries()
                .forEach(one -> claim("StagingQuery", one.definition().name(), one.location(), first));
        Map<String, String> firstTable = new HashMap<>();
        definitions.tables().forEach(one -> claim("Table", one.definition().name(), one.location(), firstTable));
    }

    private void claim(String kind, String name, Location location, Map<String, String> first) {
        int line = location.line("name");
        String where = kind + " " + name + " (" + location.file() + (line > 0 ? ":" + line : "") + ")";
        String other = first.putIfAbsent(Names.clean(name), where);
        if (other != null) {
            problems.add(new Problem(
                    location.file(),
                    line,
                    "name",
                    name,
                    "gives the same table name as " + other,
                    "rename one: names equal but for signs other than letters, digits and _ count as equal"));
        }
    }
}
