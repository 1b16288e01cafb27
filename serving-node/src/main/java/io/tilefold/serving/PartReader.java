package io.tilefold.serving;

import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.core.value.Field;
import io.tilefold.proto.serving.v1.FailureCode;
import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.proto.serving.v1.PartAnswer;
import io.tilefold.proto.serving.v1.PartStatus;
import io.tilefold.store.GroupByView;
import io.tilefold.store.KeyReader;
import io.tilefold.store.ReadResult;
import io.tilefold.store.StoreView;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers one part of a target from one view: per row the key's bytes, one read and fold, and the values into the part's columns. Reused from
 * request to request; confined to one thread.
 */
final class PartReader {
    private static final Logger LOG = LoggerFactory.getLogger(PartReader.class);
    private static final ThrottledLog DAMAGE = new ThrottledLog(LOG);

    /** A SNAPSHOT part is STALE where q lies further behind its B. */
    private static final long SNAPSHOT_STALE_MS = 2 * 86_400_000L;

    /** Rows between two looks at whether the caller is still there. */
    private static final int CANCEL_CHECK_ROWS = 64;

    private final PartPlan part;
    private final StateLimits limits;
    private final @Nullable GroupByView view;
    private final @Nullable KeyReader reader;
    private final WindowFold fold;
    private final ColumnSink[] sinks;
    private final KeyEncoder encoder = new KeyEncoder();
    private final RowStatuses statuses = new RowStatuses();
    private final boolean snapshot;
    private final boolean catchingUp;
    private boolean conflict;

    PartReader(PartPlan part, StoreView store, StateLimits limits) {
        this.part = part;
        this.limits = limits;
        this.view = store.groupBy(part.id());
        this.reader = view == null ? null : view.newKeyReader();
        this.fold = new WindowFold(part.plan());
        this.catchingUp = view != null && view.isCatchingUp();
        this.snapshot = part.plan().accuracy() == Accuracy.SNAPSHOT;
        this.sinks = new ColumnSink[part.outputs().size()];
        for (int i = 0; i < sinks.length; i++) {
            Field output = part.outputs().get(i);
            sinks[i] = ColumnSink.of(output.name(), output.type());
        }
    }

    /**
     * Adds the part's columns and its answer to the response.
     *
     * @return true if a record could not be read consistently: it was being written, or the view is outdated
     */
    boolean answer(PartRequest request, FetchResponse.Builder response) {
        int rows = request.keys().rows();
        OptionalLong version = view == null ? OptionalLong.empty() : view.version();
        OptionalLong batchEndMs = view == null ? OptionalLong.empty() : view.batchEndMs();
        statuses.reset(rows);
        conflict = false;
        FailureCode whole = failureOfAll(request, version, batchEndMs);
        if (whole != FailureCode.FAILURE_CODE_UNSPECIFIED || reader == null) {
            failAll(whole, rows);
        } else {
            answerRows(request, reader, batchEndMs.getAsLong());
        }
        PartAnswer.Builder answer = PartAnswer.newBuilder().setName(part.name()).setGroupBy(part.groupBy());
        statuses.putInto(answer);
        version.ifPresent(answer::setVersion);
        batchEndMs.ifPresent(answer::setBatchEndMs);
        if (view != null) {
            view.newestEventMs().ifPresent(answer::setNewestEventMs);
        }
        response.addParts(answer);
        for (ColumnSink sink : sinks) {
            response.addColumns(sink.finish());
        }
        return conflict;
    }

    private FailureCode failureOfAll(PartRequest request, OptionalLong version, OptionalLong batchEndMs) {
        if (request.positionMissed()) {
            return FailureCode.FAILURE_CODE_POSITION_NOT_REACHED;
        }
        if (version.isEmpty() || batchEndMs.isEmpty()) {
            return FailureCode.FAILURE_CODE_NO_BATCH;
        }
        OptionalLong pin = request.pin(part.groupBy());
        return pin.isPresent() && pin.getAsLong() != version.getAsLong()
                ? FailureCode.FAILURE_CODE_VERSION_GONE
                : FailureCode.FAILURE_CODE_UNSPECIFIED;
    }

    private void answerRows(PartRequest request, KeyReader keyReader, long batchEndMs) {
        int rows = request.keys().rows();
        try {
            for (int row = 0; row < rows; row++) {
                if (row % CANCEL_CHECK_ROWS == 0 && request.isCancelled()) {
                    throw new CancellationException("the caller is gone");
                }
                answerRow(request, keyReader, batchEndMs, row);
            }
        } catch (CancellationException gone) {
            resetSinks();
            throw gone;
        } catch (RuntimeException | InternalError damage) { // InternalError: a mapped page that cannot be read
            DAMAGE.error(
                    "part " + part.name() + " (group-by " + part.groupBy() + ", " + part.id() + ") failed", damage);
            resetSinks();
            failAll(FailureCode.FAILURE_CODE_CORRUPT, rows);
        }
    }

    private void answerRow(PartRequest request, KeyReader keyReader, long batchEndMs, int row) {
        long q = request.moments().of(row);
        if (q < batchEndMs) {
            fail(row, FailureCode.FAILURE_CODE_BEFORE_BATCH);
            return;
        }
        if (!request.keys().encode(part.keys(), row, encoder)) {
            statuses.set(row, PartStatus.PART_STATUS_NULL_KEY);
            nulls();
            return;
        }
        long asked = snapshot ? batchEndMs : q;
        ReadResult result = keyReader.fold(encoder.buffer(), 0, encoder.length(), encoder.hash(), asked, fold);
        boolean stale = snapshot
                ? q - batchEndMs > SNAPSHOT_STALE_MS
                : part.streams() && (request.liveIsStale() || catchingUp);
        switch (result) {
            case FOUND -> found(request, keyReader, row, stale);
            case NOT_FOUND -> {
                statuses.set(row, stale ? PartStatus.PART_STATUS_STALE : PartStatus.PART_STATUS_NOT_FOUND);
                nulls();
            }
            case CONFLICT -> {
                conflict = true;
                fail(row, FailureCode.FAILURE_CODE_READ_CONFLICT);
            }
            case BASE_MISSING -> fail(row, FailureCode.FAILURE_CODE_BASE_MISSING);
            case KEY_FULL -> {
                limits.count(part, "the key's live record");
                fail(row, FailureCode.FAILURE_CODE_STATE_LIMIT);
            }
        }
    }

    private void found(PartRequest request, KeyReader keyReader, int row, boolean stale) {
        int limited = -1;
        boolean takenBack = false;
        for (int i = 0; i < sinks.length; i++) {
            fold.emit(i, sinks[i]);
            limited = sinks[i].takeLimited() ? i : limited;
            takenBack |= sinks[i].takeStale();
        }
        if (limited >= 0) {
            limits.count(part, part.outputs().get(limited).name());
            statuses.fail(row, FailureCode.FAILURE_CODE_STATE_LIMIT);
        } else if (!snapshot
                && request.moments().isGivenOffGrid(row)
                && keyReader.live().holdsFrom(request.moments().of(row))) {
            statuses.set(row, PartStatus.PART_STATUS_HEAD_OPEN);
        } else {
            statuses.set(row, stale || takenBack ? PartStatus.PART_STATUS_STALE : PartStatus.PART_STATUS_COMPLETE);
        }
    }

    private void fail(int row, FailureCode code) {
        statuses.fail(row, code);
        nulls();
    }

    private void failAll(FailureCode code, int rows) {
        statuses.failAll(code);
        for (int row = 0; row < rows; row++) {
            nulls();
        }
    }

    private void nulls() {
        for (ColumnSink sink : sinks) {
            sink.nullValue();
        }
    }

    private void resetSinks() {
        for (ColumnSink sink : sinks) {
            sink.reset();
        }
    }
}
