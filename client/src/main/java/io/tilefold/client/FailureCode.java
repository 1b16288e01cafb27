package io.tilefold.client;

/** Why a part failed for a row. */
public enum FailureCode {
    /** It did not. */
    NONE,
    /** q lies before the batch end. */
    BEFORE_BATCH,
    /** No version of the GroupBy was ever committed. */
    NO_BATCH,
    /** The committed version's files are not on the node. */
    BASE_MISSING,
    /** A state went beyond its bound. */
    STATE_LIMIT,
    /** The pinned version is not the current one. */
    VERSION_GONE,
    /** The record was being written each time it was read. */
    READ_CONFLICT,
    /** The record's bytes are damaged. */
    CORRUPT,
    /** The minimum position was not reached in time. */
    POSITION_NOT_REACHED,
    /** Of a derived column: its expression threw. */
    EXPRESSION_FAILED,
    /** Of a derived column: it reads a part that failed or timed out. */
    INPUT_MISSING,
    /** Of a derived column: the budget was spent before its turn. */
    BUDGET_SPENT,
    /** Of an external part: its source failed, or the node does not have it. */
    EXTERNAL_FAILED,
    /** Of an external part: its source failed so often that it is not asked for a while. */
    EXTERNAL_OFF,
    /** The key belongs to a shard group of which no node could be asked. */
    SHARD_UNREACHABLE,
    /** The node knows a code that this client does not. */
    UNKNOWN;

    static FailureCode of(io.tilefold.proto.serving.v1.FailureCode proto) {
        return switch (proto) {
            case FAILURE_CODE_UNSPECIFIED -> NONE;
            case FAILURE_CODE_BEFORE_BATCH -> BEFORE_BATCH;
            case FAILURE_CODE_NO_BATCH -> NO_BATCH;
            case FAILURE_CODE_BASE_MISSING -> BASE_MISSING;
            case FAILURE_CODE_STATE_LIMIT -> STATE_LIMIT;
            case FAILURE_CODE_VERSION_GONE -> VERSION_GONE;
            case FAILURE_CODE_READ_CONFLICT -> READ_CONFLICT;
            case FAILURE_CODE_CORRUPT -> CORRUPT;
            case FAILURE_CODE_POSITION_NOT_REACHED -> POSITION_NOT_REACHED;
            case FAILURE_CODE_EXPRESSION_FAILED -> EXPRESSION_FAILED;
            case FAILURE_CODE_INPUT_MISSING -> INPUT_MISSING;
            case FAILURE_CODE_BUDGET_SPENT -> BUDGET_SPENT;
            case FAILURE_CODE_EXTERNAL_FAILED -> EXTERNAL_FAILED;
            case FAILURE_CODE_EXTERNAL_OFF -> EXTERNAL_OFF;
            case FAILURE_CODE_SHARD_UNREACHABLE -> SHARD_UNREACHABLE;
            case UNRECOGNIZED -> UNKNOWN;
        };
    }
}
