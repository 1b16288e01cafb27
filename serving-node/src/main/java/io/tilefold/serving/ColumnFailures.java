package io.tilefold.serving;

import io.tilefold.proto.serving.v1.ColumnFailure;
import io.tilefold.proto.serving.v1.FailureCode;
import io.tilefold.proto.serving.v1.FetchResponse;
import java.util.Arrays;

/** Why rows of one derived column have no value, by the numbers that go over the wire. Reused from request to request; confined to one thread. */
final class ColumnFailures {
    private byte[] codes = new byte[16];
    private int rows;
    private boolean any;

    void reset(int rowCount) {
        if (codes.length < rowCount) {
            codes = new byte[rowCount];
        } else if (any) {
            Arrays.fill(codes, (byte) 0);
        }
        rows = rowCount;
        any = false;
    }

    void set(int row, FailureCode code) {
        codes[row] = (byte) code.getNumber();
        any = true;
    }

    /** Appends what failed, if anything did: one code where all rows agree, else one per row. */
    void writeTo(WireBuffer out, int column) {
        if (!any) {
            return;
        }
        int from = out.length();
        if (column > 0) {
            out.putVarintField(ColumnFailure.COLUMN_FIELD_NUMBER, column);
        }
        int told = agree() ? 1 : rows;
        out.putHead(ColumnFailure.FAILURES_FIELD_NUMBER, told);
        out.putBytes(codes, 0, told);
        out.wrap(FetchResponse.COLUMN_FAILURES_FIELD_NUMBER, from);
    }

    private boolean agree() {
        for (int i = 1; i < rows; i++) {
            if (codes[i] != codes[0]) {
                return false;
            }
        }
        return true;
    }
}
