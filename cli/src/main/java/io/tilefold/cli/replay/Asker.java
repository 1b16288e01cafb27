package io.tilefold.cli.replay;

import io.tilefold.client.FailureCode;
import io.tilefold.client.FeatureClient;
import io.tilefold.client.Fetch;
import io.tilefold.client.FetchResult;
import io.tilefold.client.PartResult;
import io.tilefold.client.call.LogPosition;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Asks a serving node for rows at their moment, writes what it says and compares it. Confined to one thread. */
final class Asker {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final int EXPLAINED_MAX = 5;

    private final FeatureClient client;
    private final String join;
    private final Schema keys;
    private final Comparison comparison;
    private final ServedTable served;
    private final List<String> features;
    private final Map<String, Long> statuses = new TreeMap<>();
    private final Map<String, List<String>> explanations = new LinkedHashMap<>();

    /**
     * @param keys of the join's requests
     * @param features that are asked for; none: all
     */
    Asker(
            FeatureClient client,
            String join,
            Schema keys,
            List<String> features,
            Comparison comparison,
            ServedTable served) {
        this.client = client;
        this.join = join;
        this.keys = keys;
        this.features = features;
        this.comparison = comparison;
        this.served = served;
    }

    /**
     * Asks for rows of one moment.
     *
     * @param reached position at which all events before the moment are applied
     */
    void ask(List<AskedRow> rows, LogPosition reached) throws IOException {
        Fetch fetch = fetch(rows.get(0).qMs(), reached);
        rows.forEach(row -> fetch.row(keys(row)));
        FetchResult answer = client.fetch(fetch);
        for (int i = 0; i < rows.size(); i++) {
            AskedRow row = rows.get(i);
            Map<String, @Nullable Object> features = answer.toMap(i);
            served.write(row, features, statuses(answer, i));
            List<String> firsts = comparison.add(row, features);
            if (!firsts.isEmpty() && explanations.size() < EXPLAINED_MAX) {
                explain(row, firsts, reached);
            }
        }
    }

    /** Returns when what is in the log up to a position is served: a question without keys waits for it as any other. */
    void awaitServed(LogPosition position) {
        Map<String, @Nullable Object> none = new HashMap<>();
        keys.names().forEach(key -> none.put(key, null));
        FetchResult answer = client.fetch(Fetch.join(join)
                .features(comparison.features().iterator().next().name())
                .minPosition(position.shardGroup(), position.position())
                .deadline(DEADLINE)
                .row(none));
        if (answer.parts().stream().anyMatch(part -> part.failure(0) == FailureCode.POSITION_NOT_REACHED)) {
            throw new IllegalStateException("the serving node has not reached " + position + " of the log after "
                    + DEADLINE.toSeconds() + " s");
        }
    }

    /** Now, as long as the node is in the state that it answered from. */
    private void explain(AskedRow row, List<String> features, LogPosition reached) {
        var response = client.explain(fetch(row.qMs(), reached).row(keys(row)));
        for (String feature : features) {
            if (explanations.size() < EXPLAINED_MAX) {
                explanations.put(feature, Explanation.of(response, feature));
            }
        }
    }

    private Fetch fetch(long qMs, LogPosition reached) {
        return Fetch.join(join)
                .features(features)
                .asOf(qMs)
                .minPosition(reached.shardGroup(), reached.position())
                .deadline(DEADLINE);
    }

    private Map<String, @Nullable Object> keys(AskedRow row) {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        for (Field key : keys.fields()) {
            values.put(key.name(), row.values().get(key.name()));
        }
        return values;
    }

    private Map<String, String> statuses(FetchResult answer, int row) {
        Map<String, String> byPart = new LinkedHashMap<>();
        for (PartResult part : answer.parts()) {
            FailureCode failure = part.failure(row);
            String status = part.status(row) + (failure == FailureCode.NONE ? "" : "(" + failure + ")");
            byPart.put(part.name(), status);
            statuses.merge(status, 1L, Long::sum);
        }
        return byPart;
    }

    /** How many parts of rows said what. */
    Map<String, Long> statuses() {
        return statuses;
    }

    /** Of the first features that differ: how serving came to the first value that does. */
    Map<String, List<String>> explanations() {
        return explanations;
    }

    /** The row's keys and moment, for people. */
    String describe(AskedRow row) {
        StringBuilder text = new StringBuilder();
        keys.fields()
                .forEach(key -> text.append(key.name())
                        .append('=')
                        .append(Objects.requireNonNullElse(row.values().get(key.name()), "null"))
                        .append(' '));
        return text.append("at ")
                .append(java.time.Instant.ofEpochMilli(row.qMs()))
                .toString();
    }
}
