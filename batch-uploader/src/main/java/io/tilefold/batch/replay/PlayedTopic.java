package io.tilefold.batch.replay;

import io.tilefold.batch.JobException;
import io.tilefold.batch.MutationColumns;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A topic that feeds a join's parts, and the one table that holds its events, or its mutations.
 *
 * @param columns of the table that some part's query reads; a record, or an image of one, has a field for each
 * @param queries of the sources that the topic feeds, of distinct times
 * @param mutations where in the table they stand; empty: events
 */
record PlayedTopic(
        String topic,
        String table,
        String partitionColumn,
        Schema columns,
        List<Query> queries,
        Optional<MutationColumns> mutations) {

    /** @throws JobException naming what cannot be played */
    static Collection<PlayedTopic> of(Catalog catalog, CompiledJoin join) {
        Map<String, PlayedTopic> topics = new LinkedHashMap<>();
        Set<String> groupBys = new LinkedHashSet<>(
                join.definition().parts().stream().map(JoinPart::groupBy).toList());
        for (String name : groupBys) {
            CompiledGroupBy groupBy = catalog.groupBy(name)
                    .orElseThrow(() -> new JobException(
                            "join " + join.name() + ": the catalog has no GroupBy " + name + ": compile again"));
            List<Source> sources = groupBy.definition().sources();
            for (int i = 0; i < sources.size(); i++) {
                if (groupBy.definition().accuracy() == Accuracy.TEMPORAL) {
                    find(groupBy, sources.get(i), groupBy.sourceSchemas().get(i))
                            .ifPresent(topic -> topics.merge(topic.topic, topic, PlayedTopic::and));
                }
            }
        }
        return topics.values();
    }

    private static Optional<PlayedTopic> find(CompiledGroupBy groupBy, Source source, Schema columns) {
        if (source.streamTopic().isEmpty()) {
            return Optional.empty();
        }
        String topic = source.streamTopic().get();
        if (source instanceof Source.Events events) {
            return Optional.of(of(topic, events.table(), events.query(), columns, Optional.empty()));
        }
        if (source instanceof Source.JoinOutput parent) {
            throw new JobException("GroupBy " + groupBy.name() + " reads the output of join " + parent.join()
                    + ", which a replay would have to serve as well: replay join " + parent.join()
                    + ", and joins of GroupBys that read tables");
        }
        Source.Entities entities = (Source.Entities) source;
        String table = entities.mutationTable()
                .orElseThrow(() -> new JobException(
                        "GroupBy " + groupBy.name() + " has no table of the mutations of topic " + topic));
        return Optional.of(
                of(topic, table, entities.query(), columns, Optional.of(MutationColumns.of(entities.query()))));
    }

    private static PlayedTopic of(
            String topic, String table, Query query, Schema columns, Optional<MutationColumns> mutations) {
        return new PlayedTopic(topic, table, query.partitionColumn(), columns, List.of(query), mutations);
    }

    private PlayedTopic and(PlayedTopic other) {
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
        return new PlayedTopic(topic, table, partitionColumn, new Schema(all), both, mutations);
    }

    private String describe() {
        return "table " + table + ", partitions " + partitionColumn
                + mutations
                        .map(columns -> ", mutations at " + columns.time() + ", before them " + columns.reversal())
                        .orElse("");
    }
}
