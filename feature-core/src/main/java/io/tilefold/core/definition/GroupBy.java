package io.tilefold.core.definition;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Aggregations of one or more sources' rows by key: SEMANTICS.md §1. */
public record GroupBy(
        String name,
        List<Source> sources,
        List<String> keys,
        List<Aggregation> aggregations,
        Accuracy accuracy,
        boolean online,
        boolean production,
        List<Derivation> derivations,
        Optional<String> backfillStartDate,
        MetaData metaData) {
    public GroupBy {
        sources = List.copyOf(sources);
        keys = List.copyOf(keys);
        aggregations = List.copyOf(aggregations);
        derivations = List.copyOf(derivations);
    }

    /** The source that feeds live, if one has a topic. */
    public Optional<Source> streamingSource() {
        return sources.stream()
                .filter(source -> source.streamTopic().isPresent())
                .findFirst();
    }

    /** True if its rows are updated and deleted between batches: what they gave may be taken back. */
    public boolean isMutable() {
        return accuracy == Accuracy.TEMPORAL && sources.stream().anyMatch(source -> source instanceof Source.Entities);
    }

    /** The same of other sources. */
    public GroupBy withSources(List<Source> others) {
        return new GroupBy(
                name,
                others,
                keys,
                aggregations,
                accuracy,
                online,
                production,
                derivations,
                backfillStartDate,
                metaData);
    }

    public static Builder builder(String name) {
        return new Builder(name);
    }

    /** Builds a GroupBy. Accuracy defaults to TEMPORAL where a source has a topic, which a join as a source always has through its left; else SNAPSHOT. */
    public static final class Builder {
        private final String name;
        private final List<Source> sources = new ArrayList<>();
        private List<String> keys = List.of();
        private final List<Aggregation> aggregations = new ArrayList<>();
        private Optional<Accuracy> accuracy = Optional.empty();
        private boolean online;
        private boolean production;
        private final List<Derivation> derivations = new ArrayList<>();
        private Optional<String> backfillStartDate = Optional.empty();
        private MetaData metaData = MetaData.NONE;

        private Builder(String name) {
            this.name = name;
        }

        public Builder source(Source source) {
            sources.add(source);
            return this;
        }

        public Builder keys(String... columns) {
            return keys(List.of(columns));
        }

        public Builder keys(List<String> columns) {
            keys = columns;
            return this;
        }

        public Builder aggregate(Aggregation aggregation) {
            aggregations.add(aggregation);
            return this;
        }

        public Builder aggregate(Aggregation.Builder aggregation) {
            return aggregate(aggregation.build());
        }

        public Builder accuracy(Accuracy chosen) {
            accuracy = Optional.of(chosen);
            return this;
        }

        public Builder online(boolean isOnline) {
            online = isOnline;
            return this;
        }

        public Builder production(boolean isProduction) {
            production = isProduction;
            return this;
        }

        public Builder derive(String derivedName, String expression) {
            derivations.add(new Derivation(derivedName, expression));
            return this;
        }

        public Builder backfillStartDate(String ds) {
            backfillStartDate = Optional.of(ds);
            return this;
        }

        public Builder metaData(MetaData data) {
            metaData = data;
            return this;
        }

        public GroupBy build() {
            boolean streams = sources.stream()
                    .anyMatch(source -> source.streamTopic().isPresent() || source instanceof Source.JoinOutput);
            return new GroupBy(
                    name,
                    sources,
                    keys,
                    aggregations,
                    accuracy.orElse(streams ? Accuracy.TEMPORAL : Accuracy.SNAPSHOT),
                    online,
                    production,
                    derivations,
                    backfillStartDate,
                    metaData);
        }
    }
}
