package io.tilefold.core.definition;

/** SEMANTICS.md §1. */
public enum Accuracy {
    /** As of the last midnight, refreshed daily. */
    SNAPSHOT,
    /** To the millisecond offline, to the last event online. */
    TEMPORAL
}
