package io.tilefold.store;

/** What became of an event. */
public enum ApplyResult {
    /** It is in the key's live tiles. */
    APPLIED,
    /** Its time lies before the batch end of every version kept: the next batch has it. Nothing changed. */
    LATE,
    /** The key's live record is at its bound. The event is not in it; reads of the key answer {@link ReadResult#KEY_FULL} from now on. */
    KEY_FULL,
    /** Its time is no plausible number of epoch milliseconds (beyond the year 20,000: seconds or microseconds taken for them?). Nothing changed. */
    TIME_OUT_OF_RANGE
}
