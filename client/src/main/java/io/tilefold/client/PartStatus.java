package io.tilefold.client;

/** What a part of the answer says of a row: SEMANTICS.md §8. */
public enum PartStatus {
    COMPLETE,
    /** No such key: every output is null. */
    NOT_FOUND,
    /** A key column of the row is null. */
    NULL_KEY,
    /** Right for what was applied; what was applied is old, or a definition is catching up. */
    STALE,
    /** A given q inside a 5-minute tile that already holds events at or after q. */
    HEAD_OPEN,
    /** Left out: the budget was spent. */
    TIMED_OUT,
    /** See {@link PartResult#failure}. */
    FAILED,
    /** The node knows a status that this client does not. */
    UNKNOWN;

    static PartStatus of(io.tilefold.proto.serving.v1.PartStatus proto) {
        return switch (proto) {
            case PART_STATUS_COMPLETE -> COMPLETE;
            case PART_STATUS_NOT_FOUND -> NOT_FOUND;
            case PART_STATUS_NULL_KEY -> NULL_KEY;
            case PART_STATUS_STALE -> STALE;
            case PART_STATUS_HEAD_OPEN -> HEAD_OPEN;
            case PART_STATUS_TIMED_OUT -> TIMED_OUT;
            case PART_STATUS_FAILED -> FAILED;
            case PART_STATUS_UNSPECIFIED, UNRECOGNIZED -> UNKNOWN;
        };
    }
}
