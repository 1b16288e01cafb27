package io.tilefold.serving;

/** The stages of a fetch. */
enum Stage {
    /** Until a thread took it: only large fetches, and those that waited for a position or a view, wait for one. */
    QUEUE,
    /** Reading and checking the request. */
    DECODE,
    /** Waiting for external sources, where a target has such parts. */
    EXTERNAL,
    /** Keys, lookups, folds and final values of all parts. */
    READ,
    /** What Spark SQL computes from them, where a target has such columns. */
    DERIVE,
    /** Writing the answer and handing it to the transport. */
    ENCODE,
    /** All of it, from the request's arrival in the node. */
    TOTAL;

    private final String label = name().toLowerCase(java.util.Locale.ROOT);

    String label() {
        return label;
    }
}
