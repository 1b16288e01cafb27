package io.tilefold.ingest.kafka;

import java.util.List;

/** Why a record goes to the dead-letter topic, and of which GroupBys. Reused; confined to one thread. */
final class Problems {
    private final StringBuilder text = new StringBuilder();

    /** Behind what is wrong with a mutation of which no more than the keys are known. */
    static final String KEYS_STALE = "; the keys of its rows are stale until the next batch";

    void clear() {
        text.setLength(0);
    }

    void add(List<SourceProgram> of, String problem) {
        text.append(text.isEmpty() ? "" : "; ")
                .append(String.join(
                        ", ", of.stream().map(SourceProgram::definitionName).toList()))
                .append(": ")
                .append(problem);
    }

    boolean isEmpty() {
        return text.isEmpty();
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
