package io.tilefold.core.definition;

import java.util.Optional;

/** Where rows come from: SEMANTICS.md §1. */
public sealed interface Source {
    Query query();

    /** The topic that feeds live, if there is one. */
    Optional<String> streamTopic();

    /** Append-only rows, partitioned by day. */
    record Events(String table, Optional<String> topic, Query query, boolean cumulative) implements Source {
        @Override
        public Optional<String> streamTopic() {
            return topic;
        }
    }

    /** Daily snapshots of a table, and its mutations. */
    record Entities(String snapshotTable, Optional<String> mutationTable, Optional<String> mutationTopic, Query query)
            implements Source {
        @Override
        public Optional<String> streamTopic() {
            return mutationTopic;
        }
    }

    /**
     * The output of another join (chaining).
     *
     * @param topic that of the parent's left, which the compiler fills in where live follows it
     */
    record JoinOutput(String join, Query query, Optional<String> topic) implements Source {
        /** As it is written: of a topic that is not known yet. */
        public JoinOutput(String join, Query query) {
            this(join, query, Optional.empty());
        }

        @Override
        public Optional<String> streamTopic() {
            return topic;
        }
    }

    static Source events(String table, Query query) {
        return new Events(table, Optional.empty(), query, false);
    }

    static Source events(String table, String topic, Query query) {
        return new Events(table, Optional.of(topic), query, false);
    }
}
