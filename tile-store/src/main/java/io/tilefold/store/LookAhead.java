package io.tilefold.store;

/**
 * Steps of bringing near what reads of keys will look at. What a step reads depends on the step before alone, so keys, and GroupBys, go through each of them
 * together: their ways from memory overlap then ({@link KeyReader#lookAhead}).
 */
public enum LookAhead {
    /** The slots of the indexes. */
    SLOTS,
    /** The first line of each record, where its key begins: for reads that look at little more than whether a key is there. */
    HEADS,
    /** The lines of the records: for reads that will be folded. */
    RECORDS
}
