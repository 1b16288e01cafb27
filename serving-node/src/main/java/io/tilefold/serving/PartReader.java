package io.tilefold.serving;

import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.proto.serving.v1.FailureCode;
import io.tilefold.proto.serving.v1.PartStatus;
import io.tilefold.store.GroupByView;
import io.tilefold.store.KeyReader;
import io.tilefold.store.LookAhead;
import io.tilefold.store.ReadResult;
import io.tilefold.store.StoreView;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers one part of a target from one view: per row one read and fold, and the values into the part's columns; rows whose keys other shard groups own
 * take theirs from the answers of those. Scratch, reused from request to request; confined to one thread.
 */
final class PartReader {
    private static final Logger LOG = LoggerFactory.getLogger(PartReader.class);
    private static final ThrottledLog DAMAGE = new ThrottledLog(LOG);

    /** A SNAPSHOT part is STALE where q lies further behind its B. */
    private static final long SNAPSHOT_STALE_MS = 2 * 86_400_000L;

    /** Rows whose records are brought near together. Between two such turns it is looked at whether the caller is still there, and has time left. */
    static final int STEP_ROWS = KeyReader.NEAR_KEYS_MAX;

    private final PartPlan part;
    private final PartVersions versions;
    private final WindowFold fold;
    private final ColumnSink[] sinks;
    private final RowStatuses statuses = new RowStatuses();
    private final boolean snapshot;
    private final boolean catchingUp;
    private PartFreshness freshness;
    private @Nullable RemotePart elsewhere;
    private boolean conflict;
    private int[] outputs = {};

    PartReader(PartPlan part, StoreView store) {
        this.part = part;
        GroupByView view = store.groupBy(part.id());
        this.versions = new PartVersions(part, view);
        this.freshness = versions.current().freshness();
        this.fold = new WindowFold(part.plan());
        this.catchingUp = view != null && view.isCatchingUp();
        this.snapshot = part.plan().accuracy() == Accuracy.SNAPSHOT;
        this.sinks = part.outputs().stream()
                .map(output -> ColumnSink.of(output.name(), output.type()))
                .toArray(ColumnSink[]::new);
    }

    /** A step of bringing near what {@link #read} will look at for its first rows. A hint: what goes wrong here goes wrong there again, and is told. */
    void bringNear(LookAhead step, EncodedKeys keys, int rows) {
        KeyReader current = versions.current().reader();
        if (current == null) {
            return;
        }
        try {
            current.bringNear(step, keys.hashes(), 0, Math.min(STEP_ROWS, rows));
        } catch (RuntimeException | InternalError damage) {
            // Told by the read.
        }
    }

    /**
     * Reads the part's values for all rows, the first of them brought near before.
     *
     * @param chosen the outputs to compute
     * @return true if a record could not be read consistently: it was being written, or the view is outdated
     */
    boolean read(PartRequest request, EncodedKeys keys, int[] chosen) {
        int rows = request.rows();
        outputs = chosen;
        statuses.reset(rows);
        conflict = false;
        elsewhere = request.elsewhere(part.index());
        PartVersions.Reading reading = versions.choose(request.bound(part));
        freshness = reading == null ? versions.current().freshness() : reading.freshness();
        KeyReader reader = reading == null || request.positionMissed() ? null : reading.reader();
        if (reader != null) {
            readRows(request, keys, reader);
        } else {
            failOwn(failureOfOwn(request), rows);
        }
        return conflict;
    }

    private FailureCode failureOfOwn(PartRequest request) {
        if (request.positionMissed()) {
            return FailureCode.FAILURE_CODE_POSITION_NOT_REACHED;
        }
        return freshness.hasVersion() ? FailureCode.FAILURE_CODE_VERSION_GONE : FailureCode.FAILURE_CODE_NO_BATCH;
    }

    /** All rows fail but those that other shard groups answer. */
    private void failOwn(FailureCode code, int rows) {
        if (elsewhere == null) {
            failAll(code, rows);
            return;
        }
        for (int row = 0; row < rows; row++) {
            if (!takeElsewhere(row)) {
                fail(row, code);
            }
        }
    }

    /** Takes the row from another shard group's answer; false if its key is this one's. */
    private boolean takeElsewhere(int row) {
        RemotePart remote = elsewhere;
        if (remote == null || !remote.has(row)) {
            return false;
        }
        remote.take(row, outputs, sinks, statuses);
        return true;
    }

    private void readRows(PartRequest request, EncodedKeys keys, KeyReader keyReader) {
        int rows = request.rows();
        try {
            for (int row = 0; row < rows; row++) {
                if (row % STEP_ROWS == 0) {
                    if (request.isCancelled()) {
                        throw new CancellationException("the caller is gone");
                    }
                    if (request.budget().isSpent()) {
                        leaveOut(row, rows);
                        return;
                    }
                    if (row > 0) {
                        keyReader.bringNear(keys.hashes(), row, Math.min(row + STEP_ROWS, rows));
                    }
                }
                if (!takeElsewhere(row)) {
                    readRow(request, keys, keyReader, row);
                }
            }
        } catch (CancellationException gone) {
            throw gone;
        } catch (RuntimeException | InternalError damage) { // InternalError: a mapped page that cannot be read
            DAMAGE.error(
                    "part " + part.name() + " (group-by " + part.groupBy() + ", " + part.id() + ") failed", damage);
            drop();
            failAll(FailureCode.FAILURE_CODE_CORRUPT, rows);
        }
    }

    private void leaveOut(int from, int rows) {
        for (int row = from; row < rows; row++) {
            if (!takeElsewhere(row)) {
                statuses.set(row, PartStatus.PART_STATUS_TIMED_OUT);
                nulls();
            }
        }
    }

    private void readRow(PartRequest request, EncodedKeys keys, KeyReader keyReader, int row) {
        long batchEndMs = freshness.batchEndMs();
        long q = request.moments().of(row);
        if (q < batchEndMs) {
            fail(row, FailureCode.FAILURE_CODE_BEFORE_BATCH);
            return;
        }
        if (!keys.isKeyed(row)) {
            statuses.set(row, PartStatus.PART_STATUS_NULL_KEY);
            nulls();
            return;
        }
        long asked = snapshot ? batchEndMs : q;
        ReadResult result =
                keyReader.fold(keys.buffer(), keys.offset(row), keys.length(row), keys.hash(row), asked, fold);
        boolean stale =
                snapshot ? q - batchEndMs > SNAPSHOT_STALE_MS : part.streams() && (request.liveIsStale() || catchingUp);
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
                request.limits().count(part, "the key's live record");
                fail(row, FailureCode.FAILURE_CODE_STATE_LIMIT);
            }
        }
    }

    private void found(PartRequest request, KeyReader keyReader, int row, boolean stale) {
        int limited = -1;
        boolean takenBack = false;
        for (int output : outputs) {
            ColumnSink sink = sinks[output];
            fold.emit(output, sink);
            limited = sink.takeLimited() ? output : limited;
            takenBack |= sink.takeStale();
        }
        if (limited >= 0) {
            request.limits().count(part, part.outputs().get(limited).name());
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
        for (int output : outputs) {
            sinks[output].nullValue();
        }
    }

    String groupBy() {
        return part.groupBy();
    }

    /** The version that a view without bounds is read at; null before the first commit. */
    @Nullable VersionBound currentBound() {
        PartFreshness current = versions.current().freshness();
        return current.hasVersion() ? new VersionBound(part.groupBy(), current.version(), true) : null;
    }

    /** Outputs that there are to choose from. */
    int outputCount() {
        return sinks.length;
    }

    /** The column of an output that was read. */
    ColumnSink sink(int output) {
        return sinks[output];
    }

    /** What the part says of the rows read. */
    RowStatuses statuses() {
        return statuses;
    }

    /** Appends what the part says of the rows read, and how fresh it is. */
    void writeAnswer(WireBuffer out, boolean named) {
        if (named) {
            freshness.writeNames(out);
        }
        statuses.writeTo(out);
        RemotePart remote = elsewhere;
        if (remote == null) {
            freshness.writeTo(out);
        } else {
            remote.writeFreshness(out, freshness);
        }
    }

    /** Forgets what was read. */
    void drop() {
        elsewhere = null;
        for (int output : outputs) {
            sinks[output].reset();
        }
    }
}
