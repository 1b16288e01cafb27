package io.tilefold.serving;

/**
 * Where the values of an output are while a request is answered. Immutable.
 *
 * @param index of the output among its part's, of the contextual field, or of the derived column, in the target
 * @param part index in the target; 0 where it is no part's
 */
record Cell(Kind kind, int part, int index) {
    enum Kind {
        /** Read and folded. */
        PART,
        /** Asked of an external source; the part is its index among the external ones. */
        EXTERNAL,
        /** Echoed from the request. */
        CONTEXTUAL,
        /** Computed from others. */
        DERIVED
    }

    static Cell ofPart(int part, int output) {
        return new Cell(Kind.PART, part, output);
    }

    static Cell external(int part, int value) {
        return new Cell(Kind.EXTERNAL, part, value);
    }

    static Cell contextual(int field) {
        return new Cell(Kind.CONTEXTUAL, 0, field);
    }

    static Cell derived(int column) {
        return new Cell(Kind.DERIVED, 0, column);
    }
}
