package io.tilefold.batch.replay;

import io.tilefold.batch.JobException;
import io.tilefold.batch.MutationColumns;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A topic that feeds a join's parts, and the one table that holds its events, or its mutations.
 *
 * @param columns of the table that some part's query reads; a record, or an image of one, has a field for each
 * @param queries of the sources that the topic feeds, of distinct times
 * @param mutations where in the table they stand; empty: events
 * @param lefts queries of joins that are asked about those events that pass their wheres; most topics have none
 */
record PlayedTopic(
        String topic,
        String table,
        String partitionColumn,
        Schema columns,
        List<Query> queries,
        Optional<MutationColumns> mutations,
        List<Query> lefts) {

    /** Of events. */
    static PlayedTopic of(Source.Events source, Schema columns) {
        return of(source.topic().orElseThrow(), source.table(), source.query(), columns, Optional.empty());
    }

    /** Of a left about whose events its join is asked. */
    static PlayedTopic ofLeft(CompiledJoin parent) {
        PlayedTopic played = of((Source.Events) parent.definition().left(), parent.leftSource());
        return new PlayedTopic(
                played.topic,
                played.table,
                played.partitionColumn,
                played.columns,
                played.queries,
                played.mutations,
                played.queries);
    }

    /** @throws JobException if no table holds the mutations */
    static PlayedTopic of(CompiledGroupBy groupBy, Source.Entities source, Schema columns) {
        String topic = source.mutationTopic().orElseThrow();
        String table = source.mutationTable()
                .orElseThrow(() -> new JobException(
                        "GroupBy " + groupBy.name() + " has no table of the mutations of topic " + topic));
        return of(topic, table, source.query(), columns, Optional.of(MutationColumns.of(source.query())));
    }

    private static PlayedTopic of(
            String topic, String table, Query query, Schema columns, Optional<MutationColumns> mutations) {
        return new PlayedTopic(topic, table, query.partitionColumn(), columns, List.of(query), mutations, List.of());
    }

    /**
     * What feeds more of the parts.
     *
     * @throws JobException if it is another table
     */
    PlayedTopic and(PlayedTopic other) {
        if (!describe().equals(other.describe())) {
            throw new JobException("topic " + topic + " is that of " + describe() + ", and of " + other.describe()
                    + ": a replay plays a topic from one table; name the same one");
        }
        List<Field> all = new ArrayList<>(columns.fields());
        other.columns.fields().stream()
                .filter(field -> columns.indexOf(field.name()) < 0)
                .forEach(all::add);
        List<Query> both = new ArrayList<>(queries);
        Query more = other.queries.get(0);
        if (both.stream()
                .noneMatch(query -> query.timeColumn().equals(more.timeColumn())
                        && query.setups().equals(more.setups()))) {
            both.add(more);
        }
        List<Query> asking =
                Stream.concat(lefts.stream(), other.lefts.stream()).distinct().toList();
        return new PlayedTopic(topic, table, partitionColumn, new Schema(all), both, mutations, asking);
    }

    private String describe() {
        return "table " + table + ", partitions " + partitionColumn
                + mutations
                        .map(columns -> ", mutations at " + columns.time() + ", before them " + columns.reversal())
                        .orElse("");
    }
}
