package io.tilefold.core.definition;

import java.util.List;
import java.util.Optional;

/** A table or view written by Spark SQL with date macros: SEMANTICS.md §1. */
public record StagingQuery(
        String name, String query, List<String> setups, Optional<String> startPartition, MetaData metaData) {
    public StagingQuery {
        setups = List.copyOf(setups);
    }
}
