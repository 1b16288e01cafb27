package io.tilefold.store;

/**
 * Steps of bringing near what reads of keys will look at. What a step loads depends on the step before alone, so keys, and GroupBys, go through each of them
 * together: their ways from memory overlap then ({@link KeyReader#bringNear(LookAhead, long[], int, int)}).
 */
public enum LookAhead {
    /** The slots of the indexes. */
    SLOTS,
    /** Where the records lie, from slots that are near by now. */
    PLACES,
    /** The lines of the records. */
    RECORDS
}
