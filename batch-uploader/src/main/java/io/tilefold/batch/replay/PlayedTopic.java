package io.tilefold.batch.replay;

import io.tilefold.batch.JobException;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A topic that feeds a join's parts, and the one table that holds its events.
 *
 * @param columns of the table that some part's query reads; a record has a field for each
 * @param sources that the topic feeds, of distinct times
 */
record PlayedTopic(String topic, String table, String partitionColumn, Schema columns, List<Source.Events> sources) {

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
                add(topics, groupBy, sources.get(i), groupBy.sourceSchemas().get(i));
            }
        }
        return topics.values();
    }

    private static void add(Map<String, PlayedTopic> topics, CompiledGroupBy groupBy, Source source, Schema columns) {
        if (!(source instanceof Source.Events events)) {
            if (source.streamTopic().isPresent()) {
                throw new JobException("GroupBy " + groupBy.name() + " is fed by mutations of topic "
                        + source.streamTopic().get() + ": this version replays events only");
            }
            return;
        }
        if (events.topic().isEmpty()) {
            return;
        }
        String partition = events.query().partitionColumn();
        PlayedTopic found = new PlayedTopic(events.topic().get(), events.table(), partition, columns, List.of(events));
        topics.merge(found.topic, found, PlayedTopic::and);
    }

    private PlayedTopic and(PlayedTopic other) {
        if (!table.equals(other.table) || !partitionColumn.equals(other.partitionColumn)) {
            throw new JobException("topic " + topic + " is that of table " + table + ", partitions " + partitionColumn
                    + ", and of table " + other.table + ", partitions " + other.partitionColumn
                    + ": a replay plays a topic from one table; name the same one");
        }
        List<Field> all = new ArrayList<>(columns.fields());
        other.columns.fields().stream()
                .filter(field -> columns.indexOf(field.name()) < 0)
                .forEach(all::add);
        List<Source.Events> both = new ArrayList<>(sources);
        Source.Events more = other.sources.get(0);
        if (both.stream()
                .noneMatch(source ->
                        source.query().timeColumn().equals(more.query().timeColumn()))) {
            both.add(more);
        }
        return new PlayedTopic(topic, table, partitionColumn, new Schema(all), both);
    }
}
