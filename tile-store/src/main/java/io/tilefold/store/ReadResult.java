package io.tilefold.store;

/** What a read found. */
public enum ReadResult {
    /** The key has a base record, live tiles, or both. */
    FOUND,
    /** Neither base nor live knows the key. */
    NOT_FOUND,
    /** The writer changed the record during every one of a bounded number of tries, or the view is outdated: take a new view and ask again. */
    CONFLICT,
    /** The version's segment of this shard is not on this host, or cannot be read. */
    BASE_MISSING,
    /** A mutation of this key came without the row before it: its values lack that until the next batch. */
    KEY_STALE,
    /** Events of this key were refused because its live record is at its bound: its values are not complete. */
    KEY_FULL;

    /** True if a fold gives values, complete or not. */
    public boolean hasValues() {
        return this == FOUND || this == KEY_STALE || this == KEY_FULL;
    }
}
