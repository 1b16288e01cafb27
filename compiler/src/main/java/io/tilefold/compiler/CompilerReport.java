package io.tilefold.compiler;

import io.tilefold.compiler.yaml.Problem;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Names;
import io.tilefold.core.definition.Source;
import io.tilefold.core.definition.StagingQuery;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A compilation as text: what is asked and what comes back, per GroupBy and join; warnings; or the problems alone. */
public final class CompilerReport {
    private static final String INDENT = "  ";

    private final StringBuilder text = new StringBuilder();

    private CompilerReport() {}

    public static String of(Compilation compilation) {
        CompilerReport report = new CompilerReport();
        if (compilation.isRefused()) {
            report.problems(compilation.problems());
        } else {
            compilation.catalog().groupBys().forEach(report::groupBy);
            compilation.catalog().joins().forEach(join -> report.join(join, compilation));
            compilation.catalog().stagingQueries().forEach(report::stagingQuery);
        }
        report.warnings(compilation.warnings());
        return report.text.toString();
    }

    private void problems(List<Problem> problems) {
        problems.forEach(problem -> line(problem.toString()));
        line(counted(problems.size(), "problem") + ", no catalog is written");
    }

    private void warnings(List<Problem> warnings) {
        if (warnings.isEmpty()) {
            return;
        }
        line(counted(warnings.size(), "warning"));
        warnings.forEach(warning -> line(INDENT + warning));
    }

    private void groupBy(CompiledGroupBy compiled) {
        GroupBy groupBy = compiled.definition();
        GroupByPlan plan = GroupByPlan.compile(groupBy, compiled.selected());
        line("GroupBy " + groupBy.name() + "  " + compiled.id().abbreviated());
        List<String> facts = new ArrayList<>();
        facts.add(groupBy.accuracy().name().toLowerCase(Locale.ROOT));
        facts.add(groupBy.online() ? "online" : "offline");
        if (groupBy.production()) {
            facts.add("production");
        }
        groupBy.sources().stream().map(Sources::table).distinct().forEach(table -> facts.add("table " + table));
        groupBy.streamingSource().flatMap(Source::streamTopic).ifPresent(topic -> facts.add("topic " + topic));
        line(INDENT + String.join(", ", facts));
        table("key", plan.keys());
        table("output", plan.outputSchema());
    }

    private void join(CompiledJoin compiled, Compilation compilation) {
        line("Join " + compiled.name() + "  " + compiled.id().abbreviated());
        List<String> facts = new ArrayList<>();
        facts.add(compiled.definition().online() ? "online" : "offline");
        if (compiled.definition().production()) {
            facts.add("production");
        }
        facts.add(counted(compiled.definition().parts().size(), "part"));
        facts.add("left table " + Sources.table(compiled.definition().left()));
        line(INDENT + String.join(", ", facts));
        Map<String, Field> keys = new LinkedHashMap<>();
        List<Field> outputs = new ArrayList<>();
        for (JoinPart part : compiled.definition().parts()) {
            CompiledGroupBy groupBy =
                    compilation.catalog().groupBy(part.groupBy()).orElseThrow();
            for (String key : groupBy.definition().keys()) {
                String column = part.leftColumnOf(key);
                keys.putIfAbsent(column, compiled.left().find(column).orElseThrow());
            }
            GroupByPlan.compile(groupBy.definition(), groupBy.selected())
                    .outputs()
                    .forEach(output ->
                            outputs.add(new Field(Names.joinOutput(part.name(), output.name()), output.type())));
        }
        table("key", new Schema(List.copyOf(keys.values())));
        table("output", new Schema(outputs));
    }

    private void stagingQuery(StagingQuery query) {
        line("StagingQuery " + query.name() + (query.isView() ? ", a view" : ""));
        line("");
    }

    private void table(String title, Schema schema) {
        int width = title.length();
        for (Field field : schema.fields()) {
            width = Math.max(width, field.name().length());
        }
        String row = INDENT + "%-" + width + "s  %s";
        line(row.formatted(title, "type"));
        line(INDENT + "-".repeat(width) + INDENT + "----");
        schema.fields().forEach(field -> line(row.formatted(field.name(), field.type())));
        line("");
    }

    private static String counted(int count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }

    private void line(String content) {
        text.append(content).append('\n');
    }
}
