package io.tilefold.cli.daily;

import java.util.Set;

/**
 * Something that is due for a day.
 *
 * @param definitionId content id of the definition: another id, another step
 * @param needs steps that must be done first
 */
public record DailyStep(Kind kind, String name, String definitionId, Set<DailyStep> needs) {
    /** In the order in which steps that do not need each other are done. */
    public enum Kind {
        /** A staging query: its table. */
        STAGE("stage"),
        /** An online GroupBy: everything up to the day, committed in the ingest nodes. */
        UPLOAD("upload"),
        /** A GroupBy with a backfillStartDate: its values at the midnight after each day. */
        BACKFILL("backfill"),
        /** A join: its training set. */
        TRAIN("train"),
        /** A join with a label part: the labels of label days up to the day. */
        LABEL("label");

        private final String verb;

        Kind(String verb) {
            this.verb = verb;
        }

        String verb() {
            return verb;
        }
    }

    public DailyStep {
        needs = Set.copyOf(needs);
    }

    /** As people read it: {@code "upload route"}. */
    @Override
    public String toString() {
        return kind.verb() + " " + name;
    }
}
