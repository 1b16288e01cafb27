package io.tilefold.serving;

import io.tilefold.expressions.InputRow;
import io.tilefold.expressions.RowEvaluationException;
import io.tilefold.expressions.RowProgram;
import io.tilefold.proto.serving.v1.FailureCode;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Computes one derived column, row after row, from columns that have been read. A row whose expression throws, or reads a part that failed, is null
 * with a code; the others stand. Scratch, reused from request to request; confined to one thread, which is no event loop.
 *
 * <p>An expression that throws leaves its generated code broken, and to make it anew takes about a millisecond. So the rows after one that threw are
 * interpreted, {@value #INTERPRETED_ROWS} of them, at some microseconds each: what always throws costs no more than that.
 */
final class DerivedReader {
    private static final Logger LOG = LoggerFactory.getLogger(DerivedReader.class);
    private static final ThrottledLog FAILURES = new ThrottledLog(LOG);
    private static final int INTERPRETED_ROWS = 1_000;

    private final DerivedColumn column;
    private final List<RowStatuses> parts;
    private final RowInput[] inputs;
    private final InputSetter[] setters;
    private final RowProgram program;
    private final InputRow row;
    private final Columns columns;
    private final int index;
    private final ColumnFailures failures = new ColumnFailures();
    private int interpreted;

    /**
     * @param columns that take its values, as the one of this index
     * @param parts what those parts say of the rows that the column reads
     * @param inputs in step with the column's
     */
    DerivedReader(DerivedColumn column, Columns columns, int index, List<RowStatuses> parts, List<RowInput> inputs) {
        this.column = column;
        this.columns = columns;
        this.index = index;
        this.parts = parts;
        this.inputs = inputs.toArray(RowInput[]::new);
        this.program = column.program().copy();
        this.row = program.newInputRow();
        this.setters = new InputSetter[this.inputs.length];
        Arrays.setAll(setters, i -> new InputSetter(row, i));
    }

    /** Computes the column for all rows; its inputs have been. */
    void read(RequestKeys keys, PartRequest request) {
        int rows = request.rows();
        failures.reset(rows);
        for (RowInput input : inputs) {
            input.begin(keys, request);
        }
        for (int i = 0; i < rows; i++) {
            if (i % PartReader.STEP_ROWS == 0) {
                if (request.isCancelled()) {
                    throw new CancellationException("the caller is gone");
                }
                if (request.budget().isSpent()) {
                    leaveOut(i, rows);
                    return;
                }
            }
            readRow(i);
        }
    }

    private void leaveOut(int from, int rows) {
        for (int i = from; i < rows; i++) {
            fail(i, FailureCode.FAILURE_CODE_BUDGET_SPENT);
        }
    }

    private void readRow(int requestRow) {
        for (int i = 0; i < inputs.length; i++) {
            setters[i].set(inputs[i], requestRow);
        }
        for (RowStatuses part : parts) {
            if (part.isMissing(requestRow)) {
                fail(requestRow, FailureCode.FAILURE_CODE_INPUT_MISSING);
                return;
            }
        }
        try {
            evaluate();
        } catch (RowEvaluationException thrown) {
            FAILURES.warn("derived column " + column.field().name() + ": " + thrown.getMessage());
            fail(requestRow, FailureCode.FAILURE_CODE_EXPRESSION_FAILED);
            return;
        }
        program.outputs().writeVerbatimTo(0, columns.at(requestRow, index));
    }

    private void evaluate() {
        if (interpreted > 0) {
            interpreted--;
            program.interpret(row);
            return;
        }
        try {
            boolean unused = program.evaluate(row);
        } catch (RowEvaluationException thrown) {
            interpreted = INTERPRETED_ROWS;
            throw thrown;
        }
    }

    private void fail(int requestRow, FailureCode code) {
        failures.set(requestRow, code);
        columns.at(requestRow, index).nullValue();
    }

    ColumnFailures failures() {
        return failures;
    }
}
