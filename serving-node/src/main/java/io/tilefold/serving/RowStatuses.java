package io.tilefold.serving;

import io.tilefold.proto.serving.v1.FailureCode;
import io.tilefold.proto.serving.v1.PartAnswer;
import io.tilefold.proto.serving.v1.PartStatus;
import java.util.Arrays;

/** What a part says of each row. Reused from request to request; confined to one thread. */
final class RowStatuses {
    private PartStatus[] statuses = new PartStatus[16];
    private FailureCode[] failures = new FailureCode[16];
    private int rows;
    private boolean anyFailed;

    void reset(int rowCount) {
        if (statuses.length < rowCount) {
            statuses = new PartStatus[rowCount];
            failures = new FailureCode[rowCount];
        }
        rows = rowCount;
        anyFailed = false;
    }

    void set(int row, PartStatus status) {
        statuses[row] = status;
        failures[row] = FailureCode.FAILURE_CODE_UNSPECIFIED;
    }

    void fail(int row, FailureCode code) {
        statuses[row] = PartStatus.PART_STATUS_FAILED;
        failures[row] = code;
        anyFailed = true;
    }

    void failAll(FailureCode code) {
        Arrays.fill(statuses, 0, rows, PartStatus.PART_STATUS_FAILED);
        Arrays.fill(failures, 0, rows, code);
        anyFailed = true;
    }

    /** One status where all rows agree, else one per row. */
    void putInto(PartAnswer.Builder answer) {
        int told = agree() ? Math.min(1, rows) : rows;
        for (int i = 0; i < told; i++) {
            answer.addStatuses(statuses[i]);
            if (anyFailed) {
                answer.addFailures(failures[i]);
            }
        }
    }

    private boolean agree() {
        for (int i = 1; i < rows; i++) {
            if (statuses[i] != statuses[0] || failures[i] != failures[0]) {
                return false;
            }
        }
        return true;
    }
}
