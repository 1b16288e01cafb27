package io.tilefold.batch.replay;

import io.tilefold.batch.JobException;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Schema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The topics that feed a join's parts. Where a part reads the output of another join, that join is asked about each event of its left, as it stands before anything of that moment
 * is applied: so of events of one moment those come first about which a join is asked, topic by topic, each before those by which its own join's answers would change.
 */
final class PlayedTopics {
    private final Catalog catalog;
    private final Map<String, PlayedTopic> topics = new LinkedHashMap<>();

    /** Topics about whose events joins are asked, and the topics that feed those joins. */
    private final Map<String, Set<String>> asking = new TreeMap<>();

    private final List<String> order = new ArrayList<>();
    private final Set<String> circular = new TreeSet<>();

    private PlayedTopics(Catalog catalog) {
        this.catalog = catalog;
    }

    /** @throws JobException naming what cannot be played */
    static PlayedTopics of(Catalog catalog, CompiledJoin join) {
        PlayedTopics played = new PlayedTopics(catalog);
        Set<String> unused = played.add(join);
        played.arrange();
        return played;
    }

    /** All that feeds a join, at whatever distance. */
    private Set<String> add(CompiledJoin join) {
        Set<String> feeding = new TreeSet<>();
        for (JoinPart part : join.definition().parts()) {
            CompiledGroupBy groupBy = catalog.groupBy(part.groupBy())
                    .orElseThrow(() -> new JobException("join " + join.name() + ": the catalog has no GroupBy "
                            + part.groupBy() + ": compile again"));
            List<Source> sources = groupBy.definition().sources();
            for (int i = 0; i < sources.size(); i++) {
                Source source = sources.get(i);
                if (groupBy.definition().accuracy() == Accuracy.TEMPORAL
                        && source.streamTopic().isPresent()) {
                    feeding.add(source.streamTopic().get());
                    feeding.addAll(add(groupBy, source, groupBy.sourceSchemas().get(i)));
                }
            }
        }
        return feeding;
    }

    private Set<String> add(CompiledGroupBy groupBy, Source source, Schema columns) {
        if (source instanceof Source.Events events) {
            add(PlayedTopic.of(events, columns));
            return Set.of();
        }
        if (source instanceof Source.Entities entities) {
            add(PlayedTopic.of(groupBy, entities, columns));
            return Set.of();
        }
        Source.JoinOutput output = (Source.JoinOutput) source;
        CompiledJoin parent = catalog.join(output.join())
                .orElseThrow(() -> new JobException("GroupBy " + groupBy.name() + " reads the output of join "
                        + output.join() + ", which the catalog has not: compile again"));
        PlayedTopic left = PlayedTopic.ofLeft(parent);
        add(left);
        Set<String> behind = add(parent);
        asking.computeIfAbsent(left.topic(), topic -> new TreeSet<>()).addAll(behind);
        return behind;
    }

    private void add(PlayedTopic topic) {
        topics.merge(topic.topic(), topic, PlayedTopic::and);
    }

    private void arrange() {
        Set<String> rest = new TreeSet<>(asking.keySet());
        while (!rest.isEmpty()) {
            Optional<String> first = rest.stream()
                    .filter(topic -> rest.stream().noneMatch(other -> isBefore(other, topic)))
                    .findFirst();
            if (first.isEmpty()) {
                circular.addAll(rest);
            }
            String next = first.orElseGet(() -> rest.iterator().next());
            order.add(next);
            rest.remove(next);
        }
    }

    /** True if events of a topic change the answers about those of another. */
    private boolean isBefore(String asked, String feeding) {
        return !asked.equals(feeding) && asking.getOrDefault(asked, Set.of()).contains(feeding);
    }

    List<PlayedTopic> all() {
        return List.copyOf(topics.values());
    }

    /** The place of a topic among those that come first; empty: no join is asked about its events. */
    Optional<Integer> placeOf(PlayedTopic topic) {
        int place = order.indexOf(topic.topic());
        return place < 0 ? Optional.empty() : Optional.of(place);
    }

    /** Topics that have no right order: the answers about the events of each change with those of another. */
    Set<String> circular() {
        return circular;
    }
}
