package io.tilefold.serving;

import io.tilefold.proto.serving.v1.FailureCode;
import io.tilefold.proto.serving.v1.PartAnswer;
import io.tilefold.proto.serving.v1.PartStatus;
import java.util.Arrays;

/** What a part says of each row, by the numbers that go over the wire. Reused from request to request; confined to one thread. */
final class RowStatuses {
    private byte[] statuses = new byte[16];
    private byte[] failures = new byte[16];
    private int rows;
    private boolean anyFailed;

    void reset(int rowCount) {
        if (statuses.length < rowCount) {
            statuses = new byte[rowCount];
            failures = new byte[rowCount];
        }
        rows = rowCount;
        anyFailed = false;
    }

    void set(int row, PartStatus status) {
        statuses[row] = (byte) status.getNumber();
        failures[row] = FailureCode.FAILURE_CODE_UNSPECIFIED_VALUE;
    }

    void fail(int row, FailureCode code) {
        statuses[row] = PartStatus.PART_STATUS_FAILED_VALUE;
        failures[row] = (byte) code.getNumber();
        anyFailed = true;
    }

    void failAll(FailureCode code) {
        Arrays.fill(statuses, 0, rows, (byte) PartStatus.PART_STATUS_FAILED_VALUE);
        Arrays.fill(failures, 0, rows, (byte) code.getNumber());
        anyFailed = true;
    }

    /** True if the part has nothing to say of the row: it failed, or there was no time. */
    boolean isMissing(int row) {
        return statuses[row] == PartStatus.PART_STATUS_FAILED_VALUE
                || statuses[row] == PartStatus.PART_STATUS_TIMED_OUT_VALUE;
    }

    /** One status where all rows agree, else one per row. */
    void writeTo(WireBuffer out) {
        int told = agree() ? Math.min(1, rows) : rows;
        if (told > 0) {
            out.putHead(PartAnswer.STATUSES_FIELD_NUMBER, told);
            out.putBytes(statuses, 0, told);
        }
        if (anyFailed) {
            out.putHead(PartAnswer.FAILURES_FIELD_NUMBER, told);
            out.putBytes(failures, 0, told);
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
