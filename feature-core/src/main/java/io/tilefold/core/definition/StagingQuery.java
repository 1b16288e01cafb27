package io.tilefold.core.definition;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A table or view written by Spark SQL with date macros: SEMANTICS.md §1.
 *
 * @param startPartition first day of a table that is written day by day; none: it is written whole
 * @param isView the query is kept as a view of Spark's catalog, its rows are made when they are read; has no start partition
 */
public record StagingQuery(
        String name,
        String query,
        List<String> setups,
        Optional<String> startPartition,
        boolean isView,
        MetaData metaData) {
    /** {@code {{ start_date }}}; group 1 is what stands between the braces. */
    public static final Pattern MACRO = Pattern.compile("\\{\\{(.*?)}}", Pattern.DOTALL);

    public StagingQuery {
        setups = List.copyOf(setups);
    }

    /** The macros of its query and setups as they are written, {@code "start_date"}. */
    public List<String> macros() {
        return Stream.concat(setups.stream(), Stream.of(query))
                .flatMap(sql -> MACRO.matcher(sql).results())
                .map(found -> found.group(1).strip())
                .toList();
    }
}
