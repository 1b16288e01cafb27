package io.tilefold.serving;

import io.tilefold.core.value.Field;
import io.tilefold.proto.serving.v1.FailureCode;
import io.tilefold.proto.serving.v1.PartAnswer;
import io.tilefold.proto.serving.v1.PartStatus;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answers one external part of a target from what its source answered. Scratch, reused from request to request; confined to one thread. */
final class ExternalReader {
    private final ExternalPlan plan;
    private final Columns columns;
    private final RowStatuses statuses = new RowStatuses();
    private final byte[] nameField;

    ExternalReader(ExternalPlan plan) {
        this.plan = plan;
        this.columns = new Columns(plan.values());
        WireBuffer name = new WireBuffer(64);
        name.putBytesField(PartAnswer.NAME_FIELD_NUMBER, plan.name().getBytes(StandardCharsets.UTF_8));
        this.nameField = name.toBytes();
    }

    /** Fills the part's columns for all rows. */
    void read(ExternalAnswers.@Nullable PartAnswer given, int rows) {
        statuses.reset(rows);
        columns.begin(rows);
        for (int row = 0; row < rows; row++) {
            if (given == null) {
                fail(row, FailureCode.FAILURE_CODE_EXTERNAL_FAILED);
            } else {
                readRow(given.answer(), given.places()[row], row);
            }
        }
    }

    private void readRow(ExternalAnswer answer, int place, int row) {
        FailureCode failure = answer.failure();
        if (place == ExternalKeys.NULL_KEY) {
            leaveNull(row, PartStatus.PART_STATUS_NULL_KEY);
        } else if (failure != null) {
            fail(row, failure);
        } else if (answer.isTimedOut()) {
            leaveNull(row, PartStatus.PART_STATUS_TIMED_OUT);
        } else if (answer.isFound(place)) {
            statuses.set(row, PartStatus.PART_STATUS_COMPLETE);
            List<Field> values = plan.values();
            for (int i = 0; i < values.size(); i++) {
                answer.put(values.get(i).name(), place, columns.at(row, i));
            }
        } else {
            leaveNull(row, PartStatus.PART_STATUS_NOT_FOUND);
        }
    }

    private void fail(int row, FailureCode code) {
        statuses.fail(row, code);
        columns.nulls(row);
    }

    private void leaveNull(int row, PartStatus status) {
        statuses.set(row, status);
        columns.nulls(row);
    }

    /** The columns of the part's values. */
    Columns columns() {
        return columns;
    }

    RowStatuses statuses() {
        return statuses;
    }

    /** Appends what the part says of the rows. */
    void writeAnswer(WireBuffer out, boolean named) {
        if (named) {
            out.putBytes(nameField);
        }
        statuses.writeTo(out);
        out.putVarintField(PartAnswer.PART_FIELD_NUMBER, plan.index());
    }

    /** Forgets what was read. */
    void drop() {
        columns.clear();
    }
}
