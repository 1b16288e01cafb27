package io.tilefold.batch.backfill;

import io.tilefold.batch.JobException;
import io.tilefold.core.definition.StagingQuery;
import java.time.LocalDate;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The macros of a staging query: SEMANTICS.md §1.
 *
 * @param start first day of the chunk
 * @param end last day of the chunk
 * @param latest last day of the run
 * @param newest of a table by name: the day of its newest partition
 */
record Macros(LocalDate start, LocalDate end, LocalDate latest, Function<String, LocalDate> newest) {
    private static final Pattern MAX_DATE = Pattern.compile("max_date\\s*\\(\\s*table\\s*=\\s*([\\w.]+)\\s*\\)");

    /** @throws JobException naming a macro that is not known */
    String expand(String owner, String sql) {
        return StagingQuery.MACRO
                .matcher(sql)
                .replaceAll(found -> Matcher.quoteReplacement(
                        day(owner, found.group(1).strip()).toString()));
    }

    private LocalDate day(String owner, String macro) {
        Matcher maxDate = MAX_DATE.matcher(macro);
        if (maxDate.matches()) {
            return newest.apply(maxDate.group(1));
        }
        return switch (macro) {
            case "start_date" -> start;
            case "end_date" -> end;
            case "latest_date" -> latest;
            default ->
                throw new JobException(
                        owner + ": unknown macro {{ " + macro
                                + " }}; there are {{ start_date }}, {{ end_date }}, {{ latest_date }} and {{ max_date(table=NAME) }}");
        };
    }
}
