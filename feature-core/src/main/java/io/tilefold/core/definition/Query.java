package io.tilefold.core.definition;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a source's rows are read: SEMANTICS.md §1.
 *
 * @param selects alias to Spark SQL expression, in declared order
 * @param wheres Spark SQL conditions, joined with AND
 * @param timeColumn Spark SQL expression giving epoch milliseconds
 * @param setups SQL statements run first
 * @param partitionColumn {@code ds} by default
 * @param endPartition inclusive
 */
public record Query(
        Map<String, String> selects,
        List<String> wheres,
        Optional<String> timeColumn,
        List<String> setups,
        String partitionColumn,
        Optional<String> startPartition,
        Optional<String> endPartition,
        Optional<String> mutationTimeColumn,
        Optional<String> reversalColumn) {
    public static final String DEFAULT_PARTITION_COLUMN = "ds";

    public Query {
        selects = Collections.unmodifiableMap(new LinkedHashMap<>(selects));
        wheres = List.copyOf(wheres);
        setups = List.copyOf(setups);
    }

    /** The column of a mutation table that says when the table changed. */
    public String mutationTime() {
        return mutationTimeColumn.orElse("mutation_ts");
    }

    /** The column of a mutation table that says whether a row is the one before the change. */
    public String reversal() {
        return reversalColumn.orElse("is_before");
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Builds a query; everything is optional. */
    public static final class Builder {
        private final Map<String, String> selects = new LinkedHashMap<>();
        private List<String> wheres = List.of();
        private Optional<String> timeColumn = Optional.empty();
        private List<String> setups = List.of();
        private String partitionColumn = DEFAULT_PARTITION_COLUMN;
        private Optional<String> startPartition = Optional.empty();
        private Optional<String> endPartition = Optional.empty();
        private Optional<String> mutationTimeColumn = Optional.empty();
        private Optional<String> reversalColumn = Optional.empty();

        private Builder() {}

        public Builder select(String alias, String expression) {
            selects.put(alias, expression);
            return this;
        }

        public Builder selects(Map<String, String> all) {
            selects.putAll(all);
            return this;
        }

        public Builder wheres(String... conditions) {
            return wheres(List.of(conditions));
        }

        public Builder wheres(List<String> conditions) {
            wheres = conditions;
            return this;
        }

        public Builder timeColumn(String expression) {
            timeColumn = Optional.of(expression);
            return this;
        }

        public Builder setups(List<String> statements) {
            setups = statements;
            return this;
        }

        public Builder partitionColumn(String column) {
            partitionColumn = column;
            return this;
        }

        public Builder startPartition(String ds) {
            startPartition = Optional.of(ds);
            return this;
        }

        public Builder endPartition(String ds) {
            endPartition = Optional.of(ds);
            return this;
        }

        public Builder mutationTimeColumn(String expression) {
            mutationTimeColumn = Optional.of(expression);
            return this;
        }

        public Builder reversalColumn(String expression) {
            reversalColumn = Optional.of(expression);
            return this;
        }

        public Query build() {
            return new Query(
                    selects,
                    wheres,
                    timeColumn,
                    setups,
                    partitionColumn,
                    startPartition,
                    endPartition,
                    mutationTimeColumn,
                    reversalColumn);
        }
    }
}
